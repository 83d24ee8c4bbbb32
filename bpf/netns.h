/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The network namespace of a socket, and whether the probe observes it. */
#ifndef HEADWATER_NETNS_H
#define HEADWATER_NETNS_H

#include "maps.h"

/* All sockets begin with sock_common: those in TIME_WAIT and of requests have their namespace in the same place. */
static __always_inline __u32 hw_netns(const struct sock *sk)
{
	return sk->__sk_common.skc_net.net->ns.inum;
}

/*
 * Whether the probe passes the socket by: it is limited to other namespaces. The first thing that each program asks. The
 * switch is constant before the load, so without a limit the verifier removes all but itself.
 */
static __always_inline bool hw_is_foreign(const struct sock *sk)
{
	__u32 netns;

	if (!hw_config.limited)
		return false;
	netns = hw_netns(sk);
	return !bpf_map_lookup_elem(&hw_namespaces, &netns);
}

/* The same for a packet that belongs to no socket: the namespace of the device that it came by. */
static __always_inline bool hw_is_foreign_packet(const struct sk_buff *skb)
{
	__u32 netns;

	if (!hw_config.limited)
		return false;
	netns = skb ? BPF_CORE_READ(skb, dev, nd_net.net, ns.inum) : 0;
	return !bpf_map_lookup_elem(&hw_namespaces, &netns);
}

#endif
