/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The record of a connection's end. */
#ifndef HEADWATER_CLOSE_H
#define HEADWATER_CLOSE_H

#include "emit.h"
#include "handshake.h"
#include "listener.h"

/*
 * From ESTABLISHED or CLOSE_WAIT a socket closes without an error only if its owner drops the connection (unread data,
 * SO_LINGER 0, connect to AF_UNSPEC); the kernel sends the reset just after this event. In FIN_WAIT the same holds as long as
 * the owner has the socket (not SOCK_DEAD) and the peer's FIN did not come.
 */
static __always_inline bool hw_aborts(const struct sock *sk, int oldstate)
{
	if (sk->sk_err)
		return false;
	if (oldstate == TCP_ESTABLISHED || oldstate == TCP_CLOSE_WAIT)
		return true;
	return (oldstate == TCP_FIN_WAIT1 || oldstate == TCP_FIN_WAIT2) &&
	       !hw_flag_is_set(sk, bpf_core_enum_value(enum sock_flags, SOCK_DEAD)) &&
	       !hw_flag_is_set(sk, bpf_core_enum_value(enum sock_flags, SOCK_DONE));
}

/*
 * The reason that the kernel will give for that reset, by its own rules: unread data, else that the state asked for one
 * (__tcp_close, tcp_disconnect). The event comes only after the record.
 */
static __always_inline __u8 hw_abort_reason(const struct sock *sk, const struct tcp_sock *tp)
{
	__u32 fin = hw_flag_is_set(sk, bpf_core_enum_value(enum sock_flags, SOCK_DONE)) ? 1 : 0;

	if (!bpf_core_enum_value_exists(enum sk_rst_reason, SK_RST_REASON_TCP_ABORT_ON_CLOSE))
		return 0;
	if ((__s32)(tp->rcv_nxt - fin - tp->copied_seq) > 0)
		return (__u8)bpf_core_enum_value(enum sk_rst_reason, SK_RST_REASON_TCP_ABORT_ON_CLOSE);
	return (__u8)bpf_core_enum_value(enum sk_rst_reason, SK_RST_REASON_TCP_STATE);
}

/*
 * An attempt's process may ask for the error (SO_ERROR takes it away) before it closes the socket, and an ICMP message that came
 * within connect() leaves no more than a soft error. But its packet waits in the error queue, which is emptied later.
 */
static __always_inline __u16 hw_queued_error(const struct sock *sk)
{
	const struct sk_buff *last;
	__u32 error = 0;

	if (!BPF_CORE_READ(sk, sk_error_queue.qlen))
		return 0;
	last = BPF_CORE_READ(sk, sk_error_queue.prev);
	if (bpf_core_read(&error, sizeof(error), &((const struct sock_exterr_skb *)last->cb)->ee.ee_errno))
		return 0;
	return (__u16)error;
}

#define HW_ECONNREFUSED 111

/*
 * The error of an attempt whose end was missed, once its process has taken it. Only what comes in an interrupt is missed, so it was no
 * process that gave up: the other end refused, or after tries in vain the timer has run out.
 */
static __always_inline __u16 hw_lost_error(const struct hw_record *record)
{
	return record->syn_retrans && !record->resets_rx ? HW_ETIMEDOUT : HW_ECONNREFUSED;
}

/* @oldstate: 0 where it is not known. @missed: made up for later. The running task is often unrelated here: nothing may be read from it. */
static __always_inline bool hw_emit_close(const struct sock *sk, const struct tcp_sock *tp, const struct hw_slot *slot,
					  __u64 cookie, __u64 now, __u8 oldstate, bool missed)
{
	struct hw_record *record;

	record = hw_reserve(HW_KIND_CLOSE);
	if (!record)
		return false;
	hw_fill_slot(record, slot);
	if (hw_is_forked_since(slot))
		record->flags |= HW_FLAG_OWNER_UNCERTAIN;
	hw_fill_socket(record, tp, cookie, now);
	hw_fill_peer(record, sk);
	hw_fill_counters(record, tp);
	record->state = TCP_CLOSE;
	record->old_state = oldstate;
	if (oldstate == TCP_SYN_SENT || oldstate == TCP_SYN_RECV) {
		record->syn_retrans = tp->total_retrans;
		record->drop_reason = hw_handshake_drop(record, hw_own_isn(tp));
		if (!record->err && !record->err_soft)
			record->err_soft = hw_queued_error(sk);
		if (missed && !record->err && !record->err_soft)
			record->err = hw_lost_error(record);
	} else {
		if (!record->established_ns)
			record->established_ns = record->start_ns;
		hw_fill_rtt(record, tp);
		hw_fill_isn(record, tp);
		if (!record->resets_tx && hw_aborts(sk, oldstate)) {
			record->resets_tx = 1;
			record->reset_reason = hw_abort_reason(sk, tp);
		}
	}
	hw_submit(record);
	return true;
}

#endif
