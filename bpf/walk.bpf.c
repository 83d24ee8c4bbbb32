// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The walk over a network namespace's sockets: connections that live on, and listeners. */
#include "emit.h"
#include "listener.h"
#include "netns.h"
#include "side.h"
#include "slot.h"
#include "walk.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline bool emit_connection(const struct tcp_sock *tp, const struct hw_slot *slot, __u64 cookie, __u64 now,
					    __u8 state, __u8 flags)
{
	struct hw_record *record = hw_reserve(HW_KIND_WALK);

	if (!record)
		return false;
	hw_fill_connection(record, tp, slot, cookie, now, state, flags);
	hw_submit(record);
	return true;
}

/* What the program gives back: 1 stops the walk, which begins with the same socket when it is read on. */
enum next {
	NEXT,
	AGAIN,
};

/* The ring has no room for it: once it was read, or with the next walk. */
static __always_inline enum next later(void)
{
	struct hw_control *control = hw_control_get();

	if (control && control->walk_waits)
		return AGAIN;
	hw_count_atomic(HW_COUNTER_walk_deferred);
	return NEXT;
}

static __always_inline enum next walk_connection(const struct tcp_sock *tp, __u64 cookie, bool never_met, __u64 now, __u8 state)
{
	struct hw_slot *slot = hw_slot_of(cookie);
	struct hw_slot guess = {};
	__u64 stamp;
	__u8 flags = 0;

	if (!slot || slot->state == HW_SLOT_ENDED)
		slot = hw_slot_seed((const struct sock *)tp, cookie, now, never_met);
	if (!slot) {
		/* A live socket holds the slot: nothing can be kept of this one, so each walk tells of it, which is to come here. */
		hw_want_walk(hw_netns((const struct sock *)tp));
		guess.start_ns = now;
		guess.flags = HW_FLAG_SLOT_TAKEN;
		if (hw_seeding() || hw_is_older(cookie, never_met))
			guess.flags |= HW_FLAG_PREEXISTING;
		hw_settle(&guess, tp, state, now);
		if (!hw_ring_has_room())
			return later();
		emit_connection(tp, &guess, cookie, now, state, 0);
		return NEXT;
	}
	if (!slot->side)
		hw_settle(slot, tp, state, now);
	/* Its handshake's end was missed (recursion_misses). */
	if (!slot->established_ns)
		slot->established_ns = now;
	hw_note_windows(slot, hw_closed_windows(tp, state));
	hw_ask_for_holders(slot);
	stamp = hw_connection_stamp(tp, slot, state, slot->windows);
	if (stamp == slot->stamp) {
		if (!hw_is_due(slot, now))
			return NEXT;
		flags = HW_FLAG_KEEP_ALIVE;
	}
	if (!hw_ring_has_room())
		return later();
	if (emit_connection(tp, slot, cookie, now, state, flags))
		hw_note_told(slot, stamp, now);
	return NEXT;
}

/* Lists a listener whose port was not known when it began, or takes the owner that was found by the MPTCP socket above it. */
static __always_inline void list(struct hw_slot *slot, const struct sock *sk, __u16 port)
{
	struct hw_listener_key key;
	struct hw_listener *listener;

	if (slot->owner_source) {
		slot->listed = hw_listener_add(sk, port, &slot->owner);
		return;
	}
	hw_listener_key_of(&key, sk, port);
	listener = bpf_map_lookup_elem(&hw_listeners, &key);
	if (!listener)
		return;
	slot->owner = listener->owner;
	slot->owner_source = HW_OWNER_SOURCE_WALK;
	slot->listed = HW_LISTED;
}

/*
 * Each walk meets the processes that listen, so that the table evicts others first. One that was evicted all the same may have forked
 * unseen; one that is new there has the listener from another.
 */
static __always_inline void meet_process(struct hw_slot *slot, struct hw_listener *listener, struct hw_noted *noted, __u32 pass)
{
	struct hw_listening_process process = {};
	__u32 tgid = slot->owner.tgid;
	long error;

	if (!tgid)
		return;
	if (!bpf_map_lookup_elem(&hw_listening, &tgid)) {
		if (slot->listed == HW_LISTED_PROCESS) {
			hw_count_atomic(HW_COUNTER_listening_evicted);
			process.forked_ns = bpf_ktime_get_boot_ns();
			process.pass = (__u8)pass;
			listener->forked = (__u8)pass;
			noted->forked_ns = process.forked_ns;
		}
		error = bpf_map_update_elem(&hw_listening, &tgid, &process, BPF_NOEXIST);
		if (error && error != -HW_EEXIST) {
			hw_count_refusal(HW_COUNTER_listening_full, error);
			slot->listed = HW_LISTED;
			return;
		}
	}
	slot->listed = HW_LISTED_PROCESS;
}

/*
 * What the last pass over open files found of the sockets at this address, for the connections to come. Where one socket is left,
 * that is all there is to know.
 */
static __always_inline void settle_holders(struct hw_slot *slot, const struct sock *sk, __u16 port)
{
	struct hw_control *control = hw_control_get();
	struct hw_noted *noted = hw_noted_get();
	struct hw_listener_key key;
	struct hw_listener *listener;
	bool uncertain = slot->flags & HW_FLAG_OWNER_UNCERTAIN;

	hw_listener_key_of(&key, sk, port);
	listener = bpf_map_lookup_elem(&hw_listeners, &key);
	if (!listener || !control || !noted)
		return;
	meet_process(slot, listener, noted, control->pass);
	if (listener->holders == 1) {
		if (slot->owner.tgid)
			listener->owner = slot->owner;
		listener->mixed = uncertain;
	} else if (uncertain) {
		listener->mixed = 1;
	}
	/* A pass that began after the fork has met this socket. */
	if (listener->forked && slot->pass == (__u8)control->pass && slot->pass != listener->forked)
		listener->forked = 0;
	if (listener->mixed || listener->forked)
		noted->unsettled = control->pass;
}

static __always_inline enum next walk_listener(const struct tcp_sock *tp, __u64 cookie, bool never_met, __u64 now)
{
	const struct sock *sk = (const struct sock *)tp;
	struct hw_slot *slot = hw_slot_of(cookie);
	struct hw_slot unknown = {};
	__u64 stamp;
	__u8 flags = 0;

	if (!slot || slot->state == HW_SLOT_ENDED)
		slot = hw_slot_seed((const struct sock *)tp, cookie, now, never_met);
	if (!slot) {
		hw_want_walk(hw_netns(sk));
		if (!hw_ring_has_room())
			return later();
		hw_emit_listener(HW_KIND_LISTENER, tp, &unknown, cookie, now, HW_FLAG_SLOT_TAKEN);
		return NEXT;
	}
	if (!slot->listed)
		list(slot, sk, hw_local_port(tp));
	if (slot->listed && !hw_is_mptcp(tp))
		settle_holders(slot, sk, hw_local_port(tp));
	hw_ask_for_holders(slot);
	stamp = hw_listener_stamp(tp, slot);
	if (stamp == slot->stamp) {
		if (!hw_is_due(slot, now))
			return NEXT;
		flags = HW_FLAG_KEEP_ALIVE;
	}
	if (!hw_ring_has_room())
		return later();
	if (hw_emit_listener(HW_KIND_LISTENER, tp, slot, cookie, now, flags))
		hw_note_told(slot, stamp, now);
	return NEXT;
}

SEC("iter/tcp")
int hw_walk(struct bpf_iter__tcp *ctx)
{
	struct sock_common *skc = ctx->sk_common;
	struct tcp_sock *tp;
	bool never_met;
	__u64 cookie;
	__u64 now;
	__u8 state;

	if (!skc || hw_is_foreign((const struct sock *)skc))
		return 0;
	/* TIME_WAIT and request sockets are no full sockets. */
	tp = bpf_skc_to_tcp_sock(skc);
	if (!tp)
		return 0;
	state = skc->skc_state;
	if (state == TCP_CLOSE || state == TCP_SYN_SENT || state == TCP_SYN_RECV || state == TCP_TIME_WAIT)
		return 0;
	never_met = hw_never_met((const struct sock *)tp);
	cookie = bpf_get_socket_cookie((void *)skc);
	now = bpf_ktime_get_boot_ns();
	return state == TCP_LISTEN ? walk_listener(tp, cookie, never_met, now) : walk_connection(tp, cookie, never_met, now, state);
}
