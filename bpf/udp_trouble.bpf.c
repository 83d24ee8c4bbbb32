// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What goes wrong with datagrams: a socket's queue without room, ICMP errors. Fires on trouble only. */
#include "conversation.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* A connected socket's one peer. */
static __always_inline bool peer_of(const struct sock *sk, struct hw_conversation_key *key)
{
	key->port = bpf_ntohs(sk->__sk_common.skc_dport);
	if (!key->port)
		return false;
	hw_remote_address(sk, key->peer);
	return true;
}

static __always_inline bool sender_of(const struct sk_buff *skb, struct hw_conversation_key *key)
{
	const unsigned char *head = BPF_CORE_READ(skb, head);
	struct hw_udp udp;

	if (bpf_probe_read_kernel(&udp, sizeof(udp), head + BPF_CORE_READ(skb, transport_header)))
		return false;
	key->port = bpf_ntohs(udp.source);
	head += BPF_CORE_READ(skb, network_header);
	if (BPF_CORE_READ(skb, protocol) == bpf_htons(HW_ETH_P_IP)) {
		struct hw_ipv4 v4;

		if (bpf_probe_read_kernel(&v4, sizeof(v4), head))
			return false;
		hw_map_v4(key->peer, v4.source);
	} else {
		struct hw_ipv6 v6;

		if (bpf_probe_read_kernel(&v6, sizeof(v6), head))
			return false;
		__builtin_memcpy(key->peer, v6.source, HW_ADDRESS_BYTES);
	}
	return true;
}

static __always_inline struct hw_conversation *find(const struct sock *sk, struct hw_conversation_key *key)
{
	key->cookie = bpf_get_socket_cookie((void *)sk);
	return bpf_map_lookup_elem(&hw_conversations, key);
}

static __always_inline void on_drop(struct hw_conversation *conversation)
{
	if (conversation)
		__sync_fetch_and_add(&conversation->drops, 1);
	else
		hw_count_atomic(HW_COUNTER_datagram_drops_unattributed);
}

/* Before Linux 6.10 the packet is not told: only a connected socket's drops have a peer. */
SEC("tp_btf/udp_fail_queue_rcv_skb")
int BPF_PROG(hw_udp_drop_old, int rc, const struct sock *sk)
{
	struct hw_conversation_key key = {};

	if (!hw_is_foreign(sk))
		on_drop(peer_of(sk, &key) ? find(sk, &key) : NULL);
	return 0;
}

SEC("tp_btf/udp_fail_queue_rcv_skb")
int BPF_PROG(hw_udp_drop, int rc, const struct sock *sk, const struct sk_buff *skb)
{
	struct hw_conversation_key key = {};

	if (!hw_is_foreign(sk))
		on_drop(peer_of(sk, &key) || sender_of(skb, &key) ? find(sk, &key) : NULL);
	return 0;
}

/* Comes twice where the socket asked for its errors (IP_RECVERR), first without one. */
SEC("tp_btf/inet_sk_error_report")
int BPF_PROG(hw_udp_error, const struct sock *sk)
{
	struct hw_conversation_key key = {};
	struct hw_conversation *conversation;

	if (sk->sk_protocol != IPPROTO_UDP || !sk->sk_err || hw_is_foreign(sk))
		return 0;
	conversation = peer_of(sk, &key) ? find(sk, &key) : NULL;
	if (conversation)
		__sync_fetch_and_add(&conversation->icmp_errors, 1);
	else
		hw_count_atomic(HW_COUNTER_datagram_errors_unattributed);
	return 0;
}
