/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From a socket and its slot to a record in the ring. */
#ifndef HEADWATER_EMIT_H
#define HEADWATER_EMIT_H

#include "socket.h"

#define HW_NS_PER_US 1000
#define HW_NO_RTT_MIN ((__u32)~0)

/* A reader on a timer drains the ring: a wake-up for each record would cost more than the record. */
static __always_inline struct hw_record *hw_reserve(__u8 kind)
{
	struct hw_record *record = bpf_ringbuf_reserve(&hw_ring, sizeof(*record), 0);

	if (!record) {
		hw_count(HW_COUNTER_ring_full_close + kind - HW_KIND_CLOSE);
		return NULL;
	}
	__builtin_memset(record, 0, sizeof(*record));
	record->kind = kind;
	hw_count(HW_COUNTER_records_close + kind - HW_KIND_CLOSE);
	return record;
}

static __always_inline void hw_submit(struct hw_record *record)
{
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
}

static __always_inline bool hw_flag_is_set(const struct sock *sk, unsigned long flag)
{
	return sk->__sk_common.skc_flags >> flag & 1;
}

/* bytes_received counts the FIN as a byte; SOCK_DONE says that it came. */
static __always_inline __u64 hw_payload_received(const struct tcp_sock *tp)
{
	const struct sock *sk = (const struct sock *)tp;
	__u64 bytes = tp->bytes_received;

	return bytes && hw_flag_is_set(sk, bpf_core_enum_value(enum sock_flags, SOCK_DONE)) ? bytes - 1 : bytes;
}

/* Both first sequence numbers follow from the counters at any time (they are sums modulo 2^32). */
static __always_inline void hw_fill_isn(struct hw_record *record, const struct tcp_sock *tp)
{
	__u32 own = tp->snd_una - (__u32)tp->bytes_acked;
	__u32 peer = tp->rcv_nxt - 1 - (__u32)tp->bytes_received;

	/* A peer's own comes first: the reader puts the two in order. */
	if (record->side == HW_SIDE_CLIENT || record->side == HW_SIDE_PEER) {
		record->client_isn = own;
		record->server_isn = peer;
	} else if (record->side == HW_SIDE_SERVER) {
		record->client_isn = peer;
		record->server_isn = own - 1;
	}
}

static __always_inline void hw_fill_rtt(struct hw_record *record, const struct tcp_sock *tp)
{
	__u32 min_rtt_us = BPF_CORE_READ(tp, rtt_min.s[0].v);

	record->srtt_us = tp->srtt_us >> 3;
	if (!record->srtt_us)
		return;
	record->rttvar_us = tp->mdev_us >> 2;
	record->min_rtt_us = min_rtt_us == HW_NO_RTT_MIN ? 0 : min_rtt_us;
}

static __always_inline void hw_fill_counters(struct hw_record *record, const struct tcp_sock *tp)
{
	record->bytes_sent = tp->bytes_sent;
	record->bytes_retrans = tp->bytes_retrans;
	record->bytes_received = hw_payload_received(tp);
	record->segs_out = tp->segs_out;
	record->segs_in = tp->segs_in;
	record->data_segs_out = tp->data_segs_out;
	record->data_segs_in = tp->data_segs_in;
	record->retransmits = tp->total_retrans;
	record->tcp_header_len = tp->tcp_header_len;
}

/* inet_sport, not skc_num: at CLOSE the port may already be given back. */
static __always_inline __u16 hw_local_port(const struct tcp_sock *tp)
{
	return bpf_ntohs(tp->inet_conn.icsk_inet.inet_sport);
}

static __always_inline void hw_fill_socket(struct hw_record *record, const struct tcp_sock *tp, __u64 cookie, __u64 now)
{
	const struct sock *sk = (const struct sock *)tp;

	record->cookie = cookie;
	record->time_ns = now;
	hw_local_address(sk, record->local_ip);
	record->local_port = hw_local_port(tp);
	record->netns = hw_netns(sk);
	record->family = sk->__sk_common.skc_family;
	record->drops = (__u32)sk->sk_drops.counter;
}

static __always_inline void hw_fill_peer(struct hw_record *record, const struct sock *sk)
{
	hw_remote_address(sk, record->remote_ip);
	record->remote_port = bpf_ntohs(sk->__sk_common.skc_dport);
	record->err = (__u16)sk->sk_err;
	record->err_soft = (__u16)sk->sk_err_soft;
}

static __always_inline void hw_fill_slot(struct hw_record *record, const struct hw_slot *slot)
{
	record->start_ns = slot->start_ns;
	record->established_ns = slot->established_ns;
	record->cgroup_id = slot->owner.cgroup_id;
	record->pid = slot->owner.tgid;
	record->connect_us = slot->connect_us;
	record->resets_tx = slot->resets_tx;
	record->resets_rx = slot->resets_rx;
	record->side = slot->side;
	record->side_source = slot->side_source;
	record->owner_source = slot->owner_source;
	record->flags = slot->flags;
	__builtin_memcpy(record->comm, slot->owner.comm, HW_COMM_BYTES);
	__builtin_memcpy(record->exe, slot->owner.exe, HW_EXE_BYTES);
}

/* A listening socket's record, for kinds LISTEN, UNLISTEN and LISTENER. */
static __always_inline bool hw_emit_listener(__u8 kind, const struct tcp_sock *tp, const struct hw_slot *slot,
					     __u64 cookie, __u64 now, __u8 flags)
{
	const struct sock *sk = (const struct sock *)tp;
	struct hw_record *record = hw_reserve(kind);

	if (!record)
		return false;
	hw_fill_socket(record, tp, cookie, now);
	hw_fill_slot(record, slot);
	record->flags |= flags;
	record->side = HW_SIDE_SERVER;
	record->side_source = HW_SIDE_SOURCE_SOCKET;
	/* The event comes before the socket's own state changes. */
	record->state = kind == HW_KIND_UNLISTEN ? TCP_CLOSE : TCP_LISTEN;
	record->old_state = kind == HW_KIND_LISTEN ? TCP_CLOSE : TCP_LISTEN;
	record->backlog = sk->sk_ack_backlog;
	record->backlog_max = sk->sk_max_ack_backlog;
	hw_submit(record);
	return true;
}

#endif
