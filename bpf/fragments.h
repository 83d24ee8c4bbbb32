/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a datagram that is larger than its way takes has on the wire beyond itself: each fragment has a header of its own. */
#ifndef HEADWATER_FRAGMENTS_H
#define HEADWATER_FRAGMENTS_H

#include "datagram.h"

/* No way takes less than that whole (RFC 8200); most datagrams are smaller, and cost one comparison. */
#define HW_LEAST_MTU 1280
#define HW_FRAGMENT_HEADER 8
/* include/linux/skbuff.h: the lowest bit of _skb_refdst is no part of the pointer. */
#define HW_DST_NOREF 1UL

/*
 * The size that the packet's device takes: the one it leaves by, or came by. A path that takes less (PMTU), and a peer's device of another
 * size, are not seen.
 */
static __always_inline __u32 hw_mtu(struct __sk_buff *skb, bool sends)
{
	struct sk_buff *packet = (struct sk_buff *)skb;
	struct dst_entry *way;

	if (!sends)
		return BPF_CORE_READ(packet, dev, mtu);
	way = (struct dst_entry *)(BPF_CORE_READ(packet, _skb_refdst) & ~HW_DST_NOREF);
	return way ? BPF_CORE_READ(way, dev, mtu) : 0;
}

/* Bytes of headers beyond those of the datagram itself; 0 where it goes whole. `ip` is the length of its IP header. */
static __always_inline __u32 hw_fragment_headers(struct __sk_buff *skb, __u32 ip, bool sends)
{
	bool v6 = skb->protocol == bpf_htons(HW_ETH_P_IPV6);
	__u32 head = v6 ? ip + HW_FRAGMENT_HEADER : ip;
	__u32 length = skb->len;
	__u32 piece;
	__u32 pieces;
	__u32 mtu;

	if (length <= HW_LEAST_MTU || skb->gso_segs > 1)
		return 0;
	mtu = hw_mtu(skb, sends);
	if (length <= mtu || mtu < head + 8)
		return 0;
	piece = (mtu - head) & ~7u;
	pieces = (length - ip + piece - 1) / piece;
	return pieces * head - ip;
}

#endif
