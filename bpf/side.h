/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Which end of a connection a socket is, where its handshake was not seen. */
#ifndef HEADWATER_SIDE_H
#define HEADWATER_SIDE_H

#include "emit.h"
#include "listener.h"

static __always_inline bool hw_fin_queued(__u8 state)
{
	return state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2 || state == TCP_CLOSING || state == TCP_LAST_ACK;
}

/*
 * bytes_acked counts the SYN at the end that sent it first, and not at the other (tcp_create_openreq_child starts behind it).
 * So what was acknowledged or is in flight, less payload and FIN, is 1 for a client and 0 for a server.
 */
static __always_inline __u8 hw_side_by_counters(const struct tcp_sock *tp, __u8 state)
{
	__u32 sequence = tp->snd_nxt - tp->snd_una + (__u32)tp->bytes_acked;
	__u32 payload = (__u32)(tp->bytes_sent - tp->bytes_retrans);
	__u32 fin = hw_fin_queued(state) && tp->snd_nxt == tp->write_seq;
	__u32 syn = sequence - payload - fin;

	return syn == 1 ? HW_SIDE_CLIENT : syn == 0 ? HW_SIDE_SERVER : HW_SIDE_UNKNOWN;
}

/* Completes a slot that an iterator began, or a stand-in for a slot: side, and the owner by the listener. */
static __always_inline void hw_settle(struct hw_slot *slot, const struct tcp_sock *tp, __u8 state, __u64 now)
{
	const struct sock *sk = (const struct sock *)tp;
	__u16 port = hw_local_port(tp);

	if (state == TCP_SYN_SENT || state == TCP_SYN_RECV) {
		slot->side = state == TCP_SYN_SENT ? HW_SIDE_CLIENT : HW_SIDE_SERVER;
		slot->side_source = HW_SIDE_SOURCE_SOCKET;
	} else {
		if (!slot->established_ns)
			slot->established_ns = slot->start_ns ? slot->start_ns : now;
		slot->side = hw_side_by_counters(tp, state);
		slot->side_source = HW_SIDE_SOURCE_WALK;
	}
	if (!slot->side) {
		slot->side = hw_listener_of(sk, port) ? HW_SIDE_SERVER : HW_SIDE_CLIENT;
		slot->side_source = HW_SIDE_SOURCE_GUESS;
	}
	if (slot->side == HW_SIDE_SERVER && !slot->owner_source)
		hw_own_by_listener(slot, sk, port);
	if (!slot->owner.cgroup_id)
		slot->owner.cgroup_id = hw_socket_cgroup(sk);
}

#endif
