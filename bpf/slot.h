/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The slot of a socket's cookie. */
#ifndef HEADWATER_SLOT_H
#define HEADWATER_SLOT_H

#include "maps.h"

static __always_inline struct hw_slot *hw_slot_at(__u64 cookie)
{
	__u32 index = (__u32)cookie & hw_config.slot_mask;

	return bpf_map_lookup_elem(&hw_slots, &index);
}

/* The slot if it is this socket's, open or ended. */
static __always_inline struct hw_slot *hw_slot_of(__u64 cookie)
{
	struct hw_slot *slot = hw_slot_at(cookie);

	return slot && cookie && slot->cookie == cookie ? slot : NULL;
}

static __always_inline void hw_slot_reset(struct hw_slot *slot, const struct sock *sk, __u64 cookie, __u64 now)
{
	__builtin_memset(slot, 0, sizeof(*slot));
	slot->sk = (__u64)sk;
	slot->start_ns = now;
	slot->state = HW_SLOT_LIVE;
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

/* A live socket loses its slot: only a walk over its namespace meets it from now on. */
static __always_inline void hw_displace(const struct hw_slot *slot)
{
	const struct sock *sk = (const struct sock *)slot->sk;

	hw_count_atomic(HW_COUNTER_slots_taken);
	hw_want_walk(BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum));
}

/* Makes the slot this socket's, whosever it was. */
static __always_inline struct hw_slot *hw_slot_take(const struct sock *sk, __u64 cookie, __u64 now)
{
	struct hw_slot *slot = hw_slot_at(cookie);

	if (!slot)
		return NULL;
	if (slot->state == HW_SLOT_LIVE && slot->cookie != cookie)
		hw_displace(slot);
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
 * Makes the slot this socket's unless a live one holds it. For sockets first seen by an iterator: before the first walk is
 * through they are older than the probe; later, an empty slot says the same, and one in use that theirs was taken over (and the
 * cookie may tell that they are older, too).
 */
static __always_inline struct hw_slot *hw_slot_seed(const struct sock *sk, __u64 cookie, __u64 now, bool never_met)
{
	struct hw_noted *noted = hw_noted_get();
	struct hw_slot *slot = hw_slot_at(cookie);
	__u8 flags;

	if (noted && hw_seeding() && (__s64)cookie > noted->seeded_cookie)
		noted->seeded_cookie = (__s64)cookie;
	if (!slot || slot->state == HW_SLOT_LIVE)
		return NULL;
	flags = slot->state == HW_SLOT_FREE || hw_seeding() ? HW_FLAG_PREEXISTING : HW_FLAG_SLOT_TAKEN;
	if (hw_is_older(cookie, never_met))
		flags |= HW_FLAG_PREEXISTING;
	hw_slot_reset(slot, sk, cookie, now);
	slot->flags = flags;
	return slot;
}

#endif
