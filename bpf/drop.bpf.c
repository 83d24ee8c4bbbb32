// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Packets of handshakes that this machine drops: by its firewall, or because the next hop's address cannot be found. The event
 * comes with each packet that is dropped for whatever reason, so the reason is asked first.
 */
#include "handshake.h"
#include "netns.h"
#include "socket.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define TCP_SYN 0x02
#define TCP_ACK 0x10

struct tcp_header {
	__be16 source;
	__be16 destination;
	__be32 sequence;
	__be32 acknowledged;
	__u8 data_offset;
	__u8 flags;
	__u8 window[2];
};

struct ipv4_header {
	__u8 version_and_length;
	__u8 reserved[8];
	__u8 protocol;
	__u8 checksum[2];
	__be32 source;
	__be32 destination;
};

struct ipv6_header {
	__u8 version[6];
	__u8 next_header;
	__u8 hop_limit;
	__u8 source[HW_ADDRESS_BYTES];
	__u8 destination[HW_ADDRESS_BYTES];
};

/* A packet's ends, its sender as the client. Its TCP header's place, or 0 where it is no TCP. */
static __always_inline const unsigned char *read_ends(const unsigned char *ip, struct hw_handshake *ends)
{
	struct ipv4_header v4 = {};
	struct ipv6_header v6 = {};

	if (bpf_probe_read_kernel(&v4, sizeof(v4), ip))
		return NULL;
	if (v4.version_and_length >> 4 == 4) {
		hw_map_v4(ends->client, v4.source);
		hw_map_v4(ends->server, v4.destination);
		return v4.protocol == IPPROTO_TCP ? ip + (v4.version_and_length & 15) * 4 : NULL;
	}
	if (v4.version_and_length >> 4 != 6 || bpf_probe_read_kernel(&v6, sizeof(v6), ip))
		return NULL;
	__builtin_memcpy(ends->client, v6.source, HW_ADDRESS_BYTES);
	__builtin_memcpy(ends->server, v6.destination, HW_ADDRESS_BYTES);
	return v6.next_header == IPPROTO_TCP ? ip + sizeof(v6) : NULL;
}

/* The handshake that a packet belongs to, told from its client's end: the answer is turned around. */
static __always_inline bool read_handshake(const struct sk_buff *skb, struct hw_handshake *handshake)
{
	struct hw_handshake ends = {};
	struct tcp_header tcp = {};
	const unsigned char *header = read_ends(skb->head + skb->network_header, &ends);

	if (!header || bpf_probe_read_kernel(&tcp, sizeof(tcp), header) || !(tcp.flags & TCP_SYN))
		return false;
	ends.client_port = bpf_ntohs(tcp.source);
	ends.server_port = bpf_ntohs(tcp.destination);
	if (!(tcp.flags & TCP_ACK)) {
		*handshake = ends;
		handshake->client_isn = bpf_ntohl(tcp.sequence);
		return true;
	}
	__builtin_memcpy(handshake->client, ends.server, HW_ADDRESS_BYTES);
	__builtin_memcpy(handshake->server, ends.client, HW_ADDRESS_BYTES);
	handshake->client_port = ends.server_port;
	handshake->server_port = ends.client_port;
	handshake->client_isn = bpf_ntohl(tcp.acknowledged) - 1;
	return true;
}

static __always_inline bool is_told(__u32 reason)
{
	if (reason == bpf_core_enum_value(enum skb_drop_reason, SKB_DROP_REASON_NETFILTER_DROP))
		return true;
	return bpf_core_enum_value_exists(enum skb_drop_reason, SKB_DROP_REASON_NEIGH_FAILED) &&
	       reason == bpf_core_enum_value(enum skb_drop_reason, SKB_DROP_REASON_NEIGH_FAILED);
}

/* @again: told of by the other program, if that was not passed by. */
static __always_inline int note(const struct sk_buff *skb, __u32 reason, bool again)
{
	struct hw_handshake handshake = {};
	const struct sock *sk;
	long error;

	if (!is_told(reason))
		return 0;
	sk = skb->sk;
	if (sk ? hw_is_foreign(sk) : hw_is_foreign_packet(skb))
		return 0;
	if (!read_handshake(skb, &handshake))
		return 0;
	error = bpf_map_update_elem(&hw_handshake_drops, &handshake, &reason, BPF_NOEXIST);
	if (!error)
		hw_count_atomic(HW_COUNTER_handshakes_noted);
	else if (error == -HW_EEXIST && again)
		return 0;
	else if (error == -HW_EEXIST)
		error = bpf_map_update_elem(&hw_handshake_drops, &handshake, &reason, BPF_ANY);
	hw_count_atomic(HW_COUNTER_handshake_drops);
	if (error)
		hw_count_refusal(HW_COUNTER_handshake_drops_full, error);
	return 0;
}

/* Linux 5.17 and later tell the reason, 5.18 that of the firewall. */
SEC("tp_btf/kfree_skb")
int BPF_PROG(hw_drop, const struct sk_buff *skb, void *location, __u32 reason)
{
	return note(skb, reason, false);
}

/*
 * The same once more: a program that is interrupted as it runs is passed by, and a timer's interrupt may drop the packets of many
 * attempts. Of the two, one is not running then.
 */
SEC("tp_btf/kfree_skb")
int BPF_PROG(hw_drop_again, const struct sk_buff *skb, void *location, __u32 reason)
{
	return note(skb, reason, true);
}
