// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The walk over a network namespace's sockets: connections that live on, and listeners. */
#include "emit.h"
#include "listener.h"
#include "netns.h"
#include "side.h"
#include "slot.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Closes and listens go first: a walk may fill half of the ring, and what it leaves comes with the next one. */
static __always_inline bool ring_has_room(void)
{
	if (bpf_ringbuf_query(&hw_ring, BPF_RB_AVAIL_DATA) <= hw_config.ring_bytes / 2)
		return true;
	hw_count(HW_COUNTER_walk_deferred);
	return false;
}

static __always_inline bool is_due(const struct hw_slot *slot, __u64 now)
{
	return now - slot->emitted_ns >= hw_config.keep_alive_ns;
}

static __always_inline bool emit_connection(const struct tcp_sock *tp, const struct hw_slot *slot, __u64 cookie, __u64 now,
					    __u8 state, __u8 flags)
{
	struct hw_record *record = hw_reserve(HW_KIND_WALK);

	if (!record)
		return false;
	hw_fill_slot(record, slot);
	hw_fill_socket(record, tp, cookie, now);
	hw_fill_peer(record, (const struct sock *)tp);
	hw_fill_counters(record, tp);
	hw_fill_rtt(record, tp);
	hw_fill_isn(record, tp);
	record->flags |= flags;
	record->state = state;
	record->old_state = state;
	hw_submit(record);
	return true;
}

static __always_inline void walk_connection(const struct tcp_sock *tp, __u64 cookie, bool never_met, __u64 now, __u8 state)
{
	struct hw_slot *slot = hw_slot_of(cookie);
	struct hw_slot guess = {};
	__u64 stamp;
	__u8 flags = 0;

	if (!slot || slot->state == HW_SLOT_ENDED)
		slot = hw_slot_seed(cookie, now, never_met);
	if (!slot) {
		/* A live socket holds the slot: nothing can be kept of this one, so each walk tells of it. */
		guess.start_ns = now;
		guess.flags = HW_FLAG_SLOT_TAKEN;
		if (hw_seeding() || hw_is_older(cookie, never_met))
			guess.flags |= HW_FLAG_PREEXISTING;
		hw_settle(&guess, tp, state, now);
		if (ring_has_room())
			emit_connection(tp, &guess, cookie, now, state, 0);
		return;
	}
	if (!slot->side)
		hw_settle(slot, tp, state, now);
	/* Its handshake's end was missed (recursion_misses). */
	if (!slot->established_ns)
		slot->established_ns = now;
	stamp = tp->bytes_sent + tp->bytes_received + tp->segs_in + tp->segs_out + slot->resets_tx + slot->resets_rx + state;
	if (stamp == slot->stamp) {
		if (!is_due(slot, now))
			return;
		flags = HW_FLAG_KEEP_ALIVE;
	}
	if (ring_has_room() && emit_connection(tp, slot, cookie, now, state, flags)) {
		slot->stamp = stamp;
		slot->emitted_ns = now;
	}
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
	slot->listed = 1;
}

/* Of several holders one is left: its connections are certain again. */
static __always_inline void settle_holders(const struct hw_slot *slot, const struct sock *sk, __u16 port)
{
	struct hw_listener_key key;
	struct hw_listener *listener;

	hw_listener_key_of(&key, sk, port);
	listener = bpf_map_lookup_elem(&hw_listeners, &key);
	if (!listener || listener->holders != 1 || !listener->mixed)
		return;
	listener->owner = slot->owner;
	listener->mixed = 0;
}

static __always_inline void walk_listener(const struct tcp_sock *tp, __u64 cookie, bool never_met, __u64 now)
{
	const struct sock *sk = (const struct sock *)tp;
	struct hw_slot *slot = hw_slot_of(cookie);
	struct hw_slot unknown = {};
	__u64 stamp;
	__u8 flags = 0;

	if (!slot || slot->state == HW_SLOT_ENDED)
		slot = hw_slot_seed(cookie, now, never_met);
	if (!slot) {
		if (ring_has_room())
			hw_emit_listener(HW_KIND_LISTENER, tp, &unknown, cookie, now, HW_FLAG_SLOT_TAKEN);
		return;
	}
	if (!slot->listed)
		list(slot, sk, hw_local_port(tp));
	else
		settle_holders(slot, sk, hw_local_port(tp));
	/* Not 0 when all is idle: the first walk tells of each listener. */
	stamp = 1 + sk->sk_ack_backlog + ((__u64)(__u32)sk->sk_drops.counter << 24) + ((__u64)sk->sk_max_ack_backlog << 40) +
		slot->resets_tx;
	if (stamp == slot->stamp) {
		if (!is_due(slot, now))
			return;
		flags = HW_FLAG_KEEP_ALIVE;
	}
	if (ring_has_room() && hw_emit_listener(HW_KIND_LISTENER, tp, slot, cookie, now, flags)) {
		slot->stamp = stamp;
		slot->emitted_ns = now;
	}
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
	if (state == TCP_LISTEN)
		walk_listener(tp, cookie, never_met, now);
	else
		walk_connection(tp, cookie, never_met, now, state);
	return 0;
}
