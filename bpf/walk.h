/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What both walks share, that over a namespace's sockets and that over slots: what is news, and its record. */
#ifndef HEADWATER_WALK_H
#define HEADWATER_WALK_H

#include "emit.h"
#include "listener.h"
#include "slot.h"

static __always_inline bool hw_is_due(const struct hw_slot *slot, __u64 now)
{
	return (__u32)(now / HW_NS_PER_MS) - slot->emitted_ms >= (__u32)(hw_config.keep_alive_ns / HW_NS_PER_MS);
}

static __always_inline void hw_note_told(struct hw_slot *slot, __u64 stamp, __u64 now)
{
	slot->stamp = stamp;
	slot->emitted_ms = (__u32)(now / HW_NS_PER_MS);
}

static __always_inline void hw_fill_connection(struct hw_record *record, const struct tcp_sock *tp, const struct hw_slot *slot,
					       __u64 cookie, __u64 now, __u8 state, __u8 flags)
{
	hw_fill_slot(record, slot);
	if (hw_is_forked_since(slot))
		flags |= HW_FLAG_OWNER_UNCERTAIN;
	hw_fill_socket(record, tp, cookie, now);
	hw_fill_peer(record, (const struct sock *)tp);
	hw_fill_counters(record, tp);
	hw_fill_rtt(record, tp);
	hw_fill_isn(record, tp);
	record->flags |= flags;
	record->state = state;
	record->old_state = state;
}

/* The peer's matters while there is something to send it; the own says nothing once the peer's FIN has come. */
static __always_inline __u8 hw_closed_windows(const struct tcp_sock *tp, __u8 state)
{
	__u8 closed = 0;

	if (!tp->snd_wnd && state != TCP_FIN_WAIT2)
		closed |= HW_WINDOW_PEER;
	if (!tp->rcv_wnd && (state == TCP_ESTABLISHED || state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2))
		closed |= HW_WINDOW_OWN;
	return closed;
}

/* Counts an episode when a window is found closed that was open at the last walk. */
static __always_inline void hw_note_windows(struct hw_slot *slot, __u8 closed)
{
	if (closed & ~slot->windows & HW_WINDOW_OWN)
		slot->zero_windows_tx++;
	if (closed & ~slot->windows & HW_WINDOW_PEER)
		slot->zero_windows_rx++;
	slot->windows = closed;
}

/* A sender that waits is told of at each walk: for how long is the news. */
static __always_inline __u64 hw_connection_stamp(const struct tcp_sock *tp, const struct hw_slot *slot, __u8 state, __u8 windows)
{
	__u64 stamp = tp->bytes_sent + tp->bytes_received + tp->segs_in + tp->segs_out + slot->resets_tx + slot->resets_rx + state +
		      windows;

	return hw_chrono(tp) == HW_CHRONO_NONE ? stamp : stamp + bpf_jiffies64();
}

/* Not 0 when all is idle: the first walk tells of each listener. */
static __always_inline __u64 hw_listener_stamp(const struct tcp_sock *tp, const struct hw_slot *slot)
{
	const struct sock *sk = (const struct sock *)tp;

	return 1 + sk->sk_ack_backlog + ((__u64)(__u32)tp->inet_conn.icsk_accept_queue.qlen.counter << 12) +
	       ((__u64)(__u32)sk->sk_drops.counter << 24) + ((__u64)sk->sk_max_ack_backlog << 40) + slot->resets_tx;
}

/* A socket whose holders the last pass over open files did not settle asks for another. */
static __always_inline void hw_ask_for_holders(const struct hw_slot *slot)
{
	struct hw_control *control = hw_control_get();
	struct hw_noted *noted = hw_noted_get();

	if (control && noted && (slot->pass != (__u8)control->pass || slot->flags & HW_FLAG_OWNER_UNCERTAIN))
		noted->unsettled = control->pass;
}

/* The file is that of the MPTCP socket above it: passes over open files settle its address (owners.bpf.c). */
static __always_inline bool hw_is_mptcp(const struct tcp_sock *tp)
{
	return bpf_core_field_exists(tp->is_mptcp) && tp->is_mptcp;
}

#endif
