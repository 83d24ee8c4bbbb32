/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A UDP datagram as a cgroup program finds it: from its IP header on. */
#ifndef HEADWATER_DATAGRAM_H
#define HEADWATER_DATAGRAM_H

#include "socket.h"

#define IPPROTO_UDP 17
#define HW_ETH_P_IP 0x0800
#define HW_ETH_P_IPV6 0x86dd
#define HW_UDP_HEADER 8
#define HW_IPV6_HEADER 40
#define HW_FRAGMENT_OFFSET 0x1fff

/* Extension headers that may stand before UDP (RFC 8200): hop-by-hop, routing, fragment, destination options. */
#define HW_HOP_BY_HOP 0
#define HW_ROUTING 43
#define HW_FRAGMENT 44
#define HW_DESTINATION 60

struct hw_ipv4 {
	__u8 version_and_length;
	__u8 tos;
	__be16 length;
	__be16 id;
	__be16 fragment;
	__u8 ttl;
	__u8 protocol;
	__be16 checksum;
	__be32 source;
	__be32 destination;
};

struct hw_ipv6 {
	__u8 version_and_class[4];
	__be16 length;
	__u8 next_header;
	__u8 hop_limit;
	__u8 source[HW_ADDRESS_BYTES];
	__u8 destination[HW_ADDRESS_BYTES];
};

struct hw_udp {
	__be16 source;
	__be16 destination;
	__be16 length;
	__be16 checksum;
};

struct hw_datagram {
	__u8 source[HW_ADDRESS_BYTES];
	__u8 destination[HW_ADDRESS_BYTES];
	__u16 source_port;
	__u16 destination_port;
	__u32 headers; /* bytes before the payload */
};

static __always_inline bool hw_precedes(__u8 next_header)
{
	return next_header == HW_HOP_BY_HOP || next_header == HW_ROUTING || next_header == HW_FRAGMENT ||
	       next_header == HW_DESTINATION;
}

/* Messages of ICMPv6 have such headers too. */
static __always_inline bool hw_is_of_udp(const struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk ? bpf_sk_fullsock(skb->sk) : NULL;

	return sk && sk->protocol == IPPROTO_UDP;
}

/* Where the packet's UDP header is, or 0 where it is no UDP. TCP's packets come here too, and leave at once. */
static __always_inline __u32 hw_udp_at(const struct __sk_buff *skb)
{
	const void *data = (const void *)(long)skb->data;
	const void *end = (const void *)(long)skb->data_end;
	const struct hw_ipv4 *v4 = data;
	const struct hw_ipv6 *v6 = data;

	if (skb->protocol == bpf_htons(HW_ETH_P_IP)) {
		if ((const void *)(v4 + 1) > end || v4->protocol != IPPROTO_UDP || v4->fragment & bpf_htons(HW_FRAGMENT_OFFSET))
			return 0;
		return (v4->version_and_length & 15u) * 4;
	}
	if (skb->protocol != bpf_htons(HW_ETH_P_IPV6) || (const void *)(v6 + 1) > end)
		return 0;
	if (v6->next_header == IPPROTO_UDP)
		return HW_IPV6_HEADER;
	if (hw_precedes(v6->next_header) && hw_is_of_udp(skb))
		hw_count_atomic(HW_COUNTER_datagrams_unread);
	return 0;
}

static __always_inline bool hw_read_datagram(struct __sk_buff *skb, __u32 at, struct hw_datagram *datagram)
{
	const void *data = (const void *)(long)skb->data;
	const void *end = (const void *)(long)skb->data_end;
	const struct hw_ipv4 *v4 = data;
	const struct hw_ipv6 *v6 = data;
	struct hw_udp udp;

	if (bpf_skb_load_bytes(skb, at, &udp, sizeof(udp)))
		return false;
	if (skb->protocol == bpf_htons(HW_ETH_P_IP)) {
		if ((const void *)(v4 + 1) > end)
			return false;
		hw_map_v4(datagram->source, v4->source);
		hw_map_v4(datagram->destination, v4->destination);
	} else {
		if ((const void *)(v6 + 1) > end)
			return false;
		__builtin_memcpy(datagram->source, v6->source, HW_ADDRESS_BYTES);
		__builtin_memcpy(datagram->destination, v6->destination, HW_ADDRESS_BYTES);
	}
	datagram->source_port = bpf_ntohs(udp.source);
	datagram->destination_port = bpf_ntohs(udp.destination);
	datagram->headers = at + HW_UDP_HEADER;
	return true;
}

#endif
