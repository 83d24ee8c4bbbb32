/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Addresses and cgroup of a socket. */
#ifndef HEADWATER_SOCKET_H
#define HEADWATER_SOCKET_H

#include "netns.h"

static __always_inline void hw_map_v4(__u8 address[HW_ADDRESS_BYTES], __be32 v4)
{
	__builtin_memset(address, 0, 10);
	address[10] = 0xff;
	address[11] = 0xff;
	__builtin_memcpy(address + 12, &v4, 4);
}

static __always_inline bool hw_is_v6(const struct sock *sk)
{
	return sk->__sk_common.skc_family == AF_INET6 &&
	       bpf_core_field_exists(sk->__sk_common.skc_v6_rcv_saddr);
}

static __always_inline void hw_local_address(const struct sock *sk, __u8 address[HW_ADDRESS_BYTES])
{
	if (hw_is_v6(sk))
		bpf_core_read(address, HW_ADDRESS_BYTES, &sk->__sk_common.skc_v6_rcv_saddr);
	else
		hw_map_v4(address, sk->__sk_common.skc_rcv_saddr);
}

static __always_inline void hw_remote_address(const struct sock *sk, __u8 address[HW_ADDRESS_BYTES])
{
	if (hw_is_v6(sk))
		bpf_core_read(address, HW_ADDRESS_BYTES, &sk->__sk_common.skc_v6_daddr);
	else
		hw_map_v4(address, sk->__sk_common.skc_daddr);
}

/* The socket's cgroup: where several containers share a listener's address, only this tells them apart. */
static __always_inline __u64 hw_socket_cgroup(const struct sock *sk)
{
	if (!bpf_core_field_exists(sk->sk_cgrp_data.cgroup))
		return 0;
	return sk->sk_cgrp_data.cgroup->kn->id;
}

#endif
