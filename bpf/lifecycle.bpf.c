// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The life of a TCP connection, from the changes of its state. */
#include "close.h"
#include "listener.h"
#include "netns.h"
#include "side.h"
#include "slot.h"

#ifdef HW_INTERRUPTS_OFF
void bpf_local_irq_save(unsigned long *flags) __ksym;
void bpf_local_irq_restore(unsigned long *flags) __ksym;
#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* connect(): in the context of the process that calls it. The call may still fail (no free port); then CLOSE follows. */
static __always_inline void on_syn_sent(const struct sock *sk, __u64 cookie, __u64 now)
{
	struct hw_slot *slot = hw_slot_take(sk, cookie, now);

	if (!slot)
		return;
	slot->side = HW_SIDE_CLIENT;
	slot->side_source = HW_SIDE_SOURCE_SOCKET;
	slot->owner_source = HW_OWNER_SOURCE_CONNECT;
	hw_owner_of_current(&slot->owner);
}

/* Of a server's new socket the kernel takes over how often its SYN and ACK was sent again. */
static __always_inline void note_handshake(struct hw_slot *slot, const struct tcp_sock *tp)
{
	__u32 again = tp ? tp->total_retrans : 0;

	slot->syn_retrans = again < 255 ? (__u8)again : 255;
}

static __always_inline void on_connected(struct hw_slot *slot, const struct sock *sk, __u64 now)
{
	__u64 connect_us = (now - slot->start_ns) / HW_NS_PER_US;

	slot->established_ns = now;
	note_handshake(slot, bpf_skc_to_tcp_sock((void *)sk));
	/* 0 means unknown. An attempt older than the probe began at an unknown time, but has lost no byte. */
	if (!(slot->flags & HW_FLAG_PREEXISTING))
		slot->connect_us = connect_us ? (__u32)connect_us : 1;
	slot->flags &= (__u8)~HW_FLAG_PREEXISTING;
}

static __always_inline void on_established(const struct sock *sk, __u64 cookie, __u64 now, int oldstate)
{
	struct hw_slot *slot = hw_slot_of(cookie);
	struct tcp_sock *tp;

	/* A connection to itself and a simultaneous open pass through SYN_RECV too: the client's entry tells, and both ends ask. */
	if (slot && slot->state == HW_SLOT_LIVE && !slot->established_ns &&
	    (slot->side == HW_SIDE_CLIENT || oldstate == TCP_SYN_SENT)) {
		slot->side = oldstate == TCP_SYN_SENT ? HW_SIDE_CLIENT : HW_SIDE_PEER;
		slot->side_source = HW_SIDE_SOURCE_SOCKET;
		on_connected(slot, sk, now);
		return;
	}
	slot = hw_slot_take(sk, cookie, now);
	if (!slot)
		return;
	slot->established_ns = now;
	slot->side_source = HW_SIDE_SOURCE_SOCKET;
	tp = bpf_skc_to_tcp_sock((void *)sk);
	note_handshake(slot, tp);
	if (oldstate == TCP_SYN_SENT) {
		slot->side = HW_SIDE_CLIENT;
		return;
	}
	slot->side = HW_SIDE_SERVER;
	if (tp)
		hw_own_by_listener(slot, sk, hw_local_port(tp));
}

/* The slot is empty (older than the probe and never walked), another's, or the attempt never had one (SYN_RECV). */
static __always_inline void guess_slot(struct hw_slot *guess, __u64 cookie, bool never_met, __u64 now, int oldstate)
{
	const struct hw_slot *holder = hw_slot_at(cookie);

	guess->start_ns = now;
	if (oldstate == TCP_SYN_RECV)
		return;
	hw_count(HW_COUNTER_closes_without_slot);
	guess->flags = holder && holder->state != HW_SLOT_FREE ? HW_FLAG_SLOT_TAKEN : HW_FLAG_PREEXISTING;
	if (hw_is_older(cookie, never_met))
		guess->flags |= HW_FLAG_PREEXISTING;
}

/* The running task is often unrelated here: nothing may be read from it. */
static __always_inline void on_close(const struct sock *sk, __u64 cookie, bool never_met, __u64 now, int oldstate)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)sk);
	struct hw_slot *slot = hw_slot_of(cookie);
	struct hw_slot guess = {};

	if (!tp)
		return;
	if (slot && slot->state == HW_SLOT_LIVE) {
		slot->state = HW_SLOT_ENDED;
	} else {
		slot = &guess;
		guess_slot(slot, cookie, never_met, now, oldstate);
	}
	if (!slot->side)
		hw_settle(slot, tp, (__u8)oldstate, now);
	hw_emit_close(sk, tp, slot, cookie, now, (__u8)oldstate, false);
}

/* inet_csk_listen_start sets the state before it takes the port: a socket that was not bound has none yet; the walk adds it. */
static __always_inline void on_listen(const struct sock *sk, __u64 cookie, __u64 now)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)sk);
	struct hw_slot *slot = hw_slot_take(sk, cookie, now);

	if (!slot || !tp)
		return;
	slot->owner_source = HW_OWNER_SOURCE_LISTENER;
	hw_owner_of_current(&slot->owner);
	if (!hw_local_port(tp))
		return;
	slot->listed = hw_listener_add(sk, hw_local_port(tp), &slot->owner);
	hw_emit_listener(HW_KIND_LISTEN, tp, slot, cookie, now, 0);
}

static __always_inline void on_unlisten(const struct sock *sk, __u64 cookie, __u64 now)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock((void *)sk);
	struct hw_slot *slot = hw_slot_of(cookie);
	struct hw_slot unknown = {};

	if (!tp)
		return;
	if (!slot || slot->listed)
		hw_listener_remove(sk, hw_local_port(tp));
	if (slot)
		slot->state = HW_SLOT_ENDED;
	if (!hw_local_port(tp))
		return;
	if (slot)
		hw_emit_listener(HW_KIND_UNLISTEN, tp, slot, cookie, now, 0);
	else
		hw_emit_listener(HW_KIND_UNLISTEN, tp, &unknown, cookie, now, HW_FLAG_SLOT_TAKEN);
}

static __always_inline void on_change(const struct sock *sk, int oldstate, int newstate, bool established)
{
	bool never_met = hw_never_met(sk);
	__u64 cookie = hw_cookie(sk, never_met);
	__u64 now = bpf_ktime_get_boot_ns();

	if (newstate == TCP_SYN_SENT)
		on_syn_sent(sk, cookie, now);
	else if (newstate == TCP_LISTEN)
		on_listen(sk, cookie, now);
	else if (established)
		on_established(sk, cookie, now, oldstate);
	else if (oldstate == TCP_LISTEN)
		on_unlisten(sk, cookie, now);
	else
		on_close(sk, cookie, never_met, now, oldstate);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(hw_set_state, const struct sock *sk, const int oldstate, const int newstate)
{
	bool established = newstate == TCP_ESTABLISHED ||
			   (oldstate == TCP_SYN_RECV && newstate != TCP_CLOSE); /* TCP fast open may skip ESTABLISHED */

	if (!established && newstate != TCP_CLOSE && newstate != TCP_SYN_SENT && newstate != TCP_LISTEN)
		return 0;
	if (newstate == TCP_CLOSE && oldstate == TCP_CLOSE)
		return 0;
	if (hw_is_foreign(sk))
		return 0;
	/* MPTCP's own sockets come here too; their subflows are TCP. */
	if (sk->sk_protocol != IPPROTO_TCP)
		return 0;
#ifdef HW_INTERRUPTS_OFF
	unsigned long interrupts;

	bpf_local_irq_save(&interrupts);
	on_change(sk, oldstate, newstate, established);
	bpf_local_irq_restore(&interrupts);
#else
	on_change(sk, oldstate, newstate, established);
#endif
	return 0;
}
