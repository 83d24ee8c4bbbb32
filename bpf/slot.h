/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The slot of a socket's cookie. Its first place is its own for the next N sockets; whoever comes to it then, and finds the one before
 * still alive, takes the first free of seven more. So a long connection keeps its slot, however many short ones pass it by.
 */
#ifndef HEADWATER_SLOT_H
#define HEADWATER_SLOT_H

#include "maps.h"

/* An eighth of the table apart: what is at the others has come at another time, so that it has mostly ended. */
#define HW_PLACES 8

static __always_inline __u32 hw_place(__u64 cookie, __u32 i)
{
	return ((__u32)cookie & hw_config.slot_mask) ^ (i * ((hw_config.slot_mask + 1) / HW_PLACES));
}

/* The first place. */
static __always_inline struct hw_slot *hw_slot_at(__u64 cookie)
{
	__u32 index = hw_place(cookie, 0);

	return bpf_map_lookup_elem(&hw_slots, &index);
}

/* Seldom called, and not inline: the verifier would go through it for each that asks. */
static __attribute__((noinline)) struct hw_slot *hw_slot_elsewhere(__u64 cookie)
{
	struct hw_slot *slot;
	__u32 index;

	for (__u32 i = 1; i < HW_PLACES; i++) {
		index = hw_place(cookie, i);
		slot = bpf_map_lookup_elem(&hw_slots, &index);
		if (slot && slot->cookie == cookie)
			return slot;
	}
	return NULL;
}

/* The slot if it is this socket's, open or ended. */
static __always_inline struct hw_slot *hw_slot_of(__u64 cookie)
{
	struct hw_slot *slot = hw_slot_at(cookie);

	if (!slot || !cookie)
		return NULL;
	if (slot->cookie == cookie)
		return slot;
	return slot->moved ? hw_slot_elsewhere(cookie) : NULL;
}

/* 1 if it is not 0, and no branch of which the verifier would follow both sides: the compiler is not to know. */
static __always_inline __u32 hw_is_set(__u64 value)
{
	__u64 negative = -value;

	asm volatile("" : "+r"(negative));
	return (__u32)((value | negative) >> 63);
}

/* Whether no socket lives on here. One whose end was missed is gone when its memory is another's, with another cookie. */
static __always_inline __u32 hw_is_free(const struct hw_slot *slot)
{
	const struct sock *sk = (const struct sock *)slot->sk;
	__u64 cookie = (__u64)BPF_CORE_READ(sk, __sk_common.skc_cookie.counter);

	return hw_is_set(slot->state ^ HW_SLOT_LIVE) | hw_is_set(cookie ^ slot->cookie);
}

/*
 * The first place that is free, or the socket's own already; null where all are held. Looks whether any that lies elsewhere has the
 * same first place still.
 */
static __attribute__((noinline)) struct hw_slot *hw_slot_choose(__u64 cookie)
{
	struct hw_slot *first = hw_slot_at(cookie);
	__u32 elsewhere = 0;
	__u32 free = 0;
	struct hw_slot *slot;
	__u32 index;

#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < HW_PLACES; i++) {
		index = hw_place(cookie, i);
		slot = bpf_map_lookup_elem(&hw_slots, &index);
		if (!slot)
			return NULL;
		free |= (hw_is_free(slot) | (1 ^ hw_is_set(slot->cookie ^ cookie))) << i;
		elsewhere |= (1 ^ hw_is_set(hw_place(slot->cookie, 0) ^ hw_place(cookie, 0))) << i;
	}
	if (!first)
		return NULL;
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < HW_PLACES; i++) {
		if (!(free >> i & 1))
			continue;
		first->moved = i || (elsewhere & ~free & ~1U);
		index = hw_place(cookie, i);
		return bpf_map_lookup_elem(&hw_slots, &index);
	}
	return NULL;
}

static __always_inline void hw_slot_reset(struct hw_slot *slot, const struct sock *sk, __u64 cookie, __u64 now)
{
	__u8 moved = slot->moved;

	__builtin_memset(slot, 0, sizeof(*slot));
	slot->sk = (__u64)sk;
	slot->start_ns = now;
	slot->state = HW_SLOT_LIVE;
	slot->moved = moved;
	slot->cookie = cookie;
}

static __always_inline bool hw_want_walk(__u32 netns)
{
	__u8 wanted = 1;

	if (bpf_map_update_elem(&hw_walk_wanted, &netns, &wanted, BPF_ANY) == 0)
		return true;
	hw_count_atomic(HW_COUNTER_walks_wanted_full);
	return false;
}

/* A live socket loses its slot, since all places are held: only a walk over its namespace meets it from now on. */
static __always_inline void hw_displace(const struct hw_slot *slot)
{
	const struct sock *sk = (const struct sock *)slot->sk;

	hw_count_atomic(HW_COUNTER_slots_taken);
	hw_want_walk(BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum));
}

/* Whether the first place cannot be taken without a look at the others. */
static __always_inline bool hw_is_crowded(const struct hw_slot *first, __u64 cookie)
{
	return first->moved || (first->state == HW_SLOT_LIVE && first->cookie != cookie);
}

/* Makes a slot this socket's, at last that of another. */
static __always_inline struct hw_slot *hw_slot_take(const struct sock *sk, __u64 cookie, __u64 now)
{
	struct hw_slot *first = hw_slot_at(cookie);
	struct hw_slot *slot = first;

	if (!first)
		return NULL;
	if (hw_is_crowded(first, cookie)) {
		slot = hw_slot_choose(cookie);
		if (!slot) {
			hw_displace(first);
			slot = first;
		}
	}
	hw_slot_reset(slot, sk, cookie, now);
	return slot;
}

static __always_inline struct hw_control *hw_control_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&hw_control, &zero);
}

static __always_inline struct hw_noted *hw_noted_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&hw_noted, &zero);
}

static __always_inline bool hw_seeding(void)
{
	struct hw_control *control = hw_control_get();

	return control && control->seeding;
}

/*
 * The kernel gives a socket its cookie when one is first asked for, and each program here asks: a socket without one was never
 * met, so it is older than the probe (or the events of its beginning were skipped). To be called before the cookie is got.
 */
static __always_inline bool hw_never_met(const struct sock *sk)
{
	return !sk->__sk_common.skc_cookie.counter;
}

/* The socket's cookie, read where it has one: the helper is for the first to ask. */
static __always_inline __u64 hw_cookie(const struct sock *sk, bool never_met)
{
	return never_met ? bpf_get_socket_cookie((void *)sk) : (__u64)sk->__sk_common.skc_cookie.counter;
}

/* Whether a socket that has no slot is older than the probe, as far as its cookie tells. Seeding meets the owners of all, but walks not all. */
static __always_inline bool hw_is_older(__u64 cookie, bool never_met)
{
	struct hw_noted *noted = hw_noted_get();

	return never_met || (noted && (__s64)cookie <= noted->seeded_cookie);
}

/*
 * Makes a slot this socket's unless live ones hold all. For sockets first seen by an iterator: before the first walk is
 * through they are older than the probe; later, an empty first place says the same, and one in use that theirs was taken over (and the
 * cookie may tell that they are older, too).
 */
static __always_inline struct hw_slot *hw_slot_seed(const struct sock *sk, __u64 cookie, __u64 now, bool never_met)
{
	struct hw_noted *noted = hw_noted_get();
	struct hw_slot *slot = hw_slot_at(cookie);
	__u8 flags;

	if (noted && hw_seeding() && (__s64)cookie > noted->seeded_cookie)
		noted->seeded_cookie = (__s64)cookie;
	if (!slot)
		return NULL;
	flags = slot->state == HW_SLOT_FREE || hw_seeding() ? HW_FLAG_PREEXISTING : HW_FLAG_SLOT_TAKEN;
	if (hw_is_older(cookie, never_met))
		flags |= HW_FLAG_PREEXISTING;
	if (hw_is_crowded(slot, cookie))
		slot = hw_slot_choose(cookie);
	if (!slot)
		return NULL;
	hw_slot_reset(slot, sk, cookie, now);
	slot->flags = flags;
	return slot;
}

#endif
