/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From a socket and its slot to a record in the ring. */
#ifndef HEADWATER_EMIT_H
#define HEADWATER_EMIT_H

#include "socket.h"
#include "tcp.h"

#define HW_NS_PER_US 1000
#define HW_NS_PER_MS 1000000

static __always_inline void hw_count_record(__u8 kind)
{
	hw_count(HW_COUNTER_records_close + kind - HW_KIND_CLOSE);
}

/* A record that may still be discarded: it counts when it is handed over. */
static __always_inline struct hw_record *hw_reserve_uncounted(__u8 kind)
{
	struct hw_record *record = bpf_ringbuf_reserve(&hw_ring, sizeof(*record), 0);

	if (!record) {
		hw_count_atomic(HW_COUNTER_ring_full_close + kind - HW_KIND_CLOSE);
		return NULL;
	}
	__builtin_memset(record, 0, sizeof(*record));
	record->kind = kind;
	record->transport = IPPROTO_TCP;
	return record;
}

/* A reader on a timer drains the ring: a wake-up for each record would cost more than the record. */
static __always_inline struct hw_record *hw_reserve(__u8 kind)
{
	struct hw_record *record = hw_reserve_uncounted(kind);

	if (record)
		hw_count_record(kind);
	return record;
}

/* Closes and listens go first: a walk may fill half of the ring. What it leaves waits for the reader, or comes with the next one. */
static __always_inline bool hw_ring_has_room(void)
{
	return bpf_ringbuf_query(&hw_ring, BPF_RB_AVAIL_DATA) <= hw_config.ring_bytes / 2;
}

static __always_inline void hw_submit(struct hw_record *record)
{
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
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
	record->uid = slot->owner.uid;
	record->connect_us = slot->connect_us;
	record->resets_tx = slot->resets_tx;
	record->resets_rx = slot->resets_rx;
	record->reset_reason = slot->reset_reason;
	record->syn_retrans = slot->syn_retrans;
	record->zero_windows_tx = slot->zero_windows_tx;
	record->zero_windows_rx = slot->zero_windows_rx;
	record->side = slot->side;
	record->side_source = slot->side_source;
	record->owner_source = slot->owner_source;
	record->flags = slot->flags;
	__builtin_memcpy(record->comm, slot->owner.comm, HW_COMM_BYTES);
	__builtin_memcpy(record->exe, slot->owner.exe, HW_EXE_BYTES);
}

/* A listening socket's record, for kinds LISTEN, UNLISTEN and LISTENER. */
static __always_inline void hw_fill_listener(struct hw_record *record, __u8 kind, const struct tcp_sock *tp,
					     const struct hw_slot *slot, __u64 cookie, __u64 now, __u8 flags)
{
	const struct sock *sk = (const struct sock *)tp;

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
	record->handshakes = (__u32)tp->inet_conn.icsk_accept_queue.qlen.counter;
}

static __always_inline bool hw_emit_listener(__u8 kind, const struct tcp_sock *tp, const struct hw_slot *slot,
					     __u64 cookie, __u64 now, __u8 flags)
{
	struct hw_record *record = hw_reserve(kind);

	if (!record)
		return false;
	hw_fill_listener(record, kind, tp, slot, cookie, now, flags);
	hw_submit(record);
	return true;
}

#endif
