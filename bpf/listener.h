/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who listens where: the owner of an accepted connection is looked up by its local address. */
#ifndef HEADWATER_LISTENER_H
#define HEADWATER_LISTENER_H

#include "owner.h"
#include "slot.h"
#include "socket.h"

static __always_inline void hw_listener_key_of(struct hw_listener_key *key, const struct sock *sk, __u16 port)
{
	__builtin_memset(key, 0, sizeof(*key));
	hw_local_address(sk, key->address);
	key->netns = hw_netns(sk);
	key->port = port;
}

/* What of it stands in the tables (enum hw_listed), or 0. */
static __always_inline __u8 hw_listener_add(const struct sock *sk, __u16 port, const struct hw_owner *owner)
{
	struct hw_listener_key key;
	struct hw_listener *known;
	struct hw_listener fresh = {};
	struct hw_listening_process process = {};
	__u8 listed = HW_LISTED_PROCESS;
	long error;

	if (!port)
		return 0;
	error = bpf_map_update_elem(&hw_listening, &owner->tgid, &process, BPF_NOEXIST);
	if (error && error != -HW_EEXIST) {
		hw_count_refusal(HW_COUNTER_listening_full, error);
		listed = HW_LISTED;
	}
	hw_listener_key_of(&key, sk, port);
	known = bpf_map_lookup_elem(&hw_listeners, &key);
	if (known) {
		__sync_fetch_and_add(&known->holders, 1);
		if (known->owner.tgid != owner->tgid)
			known->mixed = 1;
		known->owner = *owner;
		return listed;
	}
	fresh.owner = *owner;
	fresh.holders = 1;
	error = bpf_map_update_elem(&hw_listeners, &key, &fresh, BPF_NOEXIST);
	if (!error)
		return listed;
	/* Another CPU may have added it just now. */
	known = bpf_map_lookup_elem(&hw_listeners, &key);
	if (!known) {
		hw_count_refusal(HW_COUNTER_listeners_full, error);
		return 0;
	}
	__sync_fetch_and_add(&known->holders, 1);
	if (known->owner.tgid != owner->tgid)
		known->mixed = 1;
	return listed;
}

static __always_inline void hw_listener_remove(const struct sock *sk, __u16 port)
{
	struct hw_listener_key key;
	struct hw_listener *known;

	hw_listener_key_of(&key, sk, port);
	known = bpf_map_lookup_elem(&hw_listeners, &key);
	if (!known)
		return;
	if (known->holders <= 1)
		bpf_map_delete_elem(&hw_listeners, &key);
	else
		__sync_fetch_and_add(&known->holders, -1);
}

/*
 * The listener of an accepted connection: its own address, then the wildcards. An IPv6 socket that talks to a v4-mapped
 * address may come of a listener on :: (dual stack); an IPv4 one comes of 0.0.0.0, or of :: as the last resort.
 */
static __always_inline struct hw_listener *hw_listener_of(const struct sock *sk, __u16 port)
{
	struct hw_listener_key key;
	struct hw_listener *found;

	hw_listener_key_of(&key, sk, port);
	found = bpf_map_lookup_elem(&hw_listeners, &key);
	if (found)
		return found;
	if (sk->__sk_common.skc_family == AF_INET) {
		hw_map_v4(key.address, 0);
		found = bpf_map_lookup_elem(&hw_listeners, &key);
		if (found)
			return found;
	}
	__builtin_memset(key.address, 0, HW_ADDRESS_BYTES);
	return bpf_map_lookup_elem(&hw_listeners, &key);
}

/* Gives the slot of an accepted connection its owner. True if a listener was found. */
static __always_inline bool hw_own_by_listener(struct hw_slot *slot, const struct sock *sk, __u16 port)
{
	struct hw_listener *listener = hw_listener_of(sk, port);
	__u64 cgroup_id = hw_socket_cgroup(sk);

	if (listener) {
		slot->owner = listener->owner;
		slot->owner_source = HW_OWNER_SOURCE_LISTENER;
		if (listener->mixed || listener->forked || listener->handed)
			slot->flags |= HW_FLAG_OWNER_UNCERTAIN;
	}
	if (cgroup_id)
		slot->owner.cgroup_id = cgroup_id;
	return listener;
}

/*
 * Whether the process that is taken for the owner of an accepted connection has forked since that was known: then its child may
 * have it.
 */
static __always_inline bool hw_is_forked_since(const struct hw_slot *slot)
{
	struct hw_noted *noted = hw_noted_get();
	struct hw_listening_process *process;
	__u32 tgid = slot->owner.tgid;

	if (slot->side != HW_SIDE_SERVER || slot->owner_source == HW_OWNER_SOURCE_FIRST_IO)
		return false;
	if (!noted || noted->forked_ns < slot->established_ns)
		return false;
	process = bpf_map_lookup_elem(&hw_listening, &tgid);
	if (!process || process->forked_ns < slot->established_ns)
		return false;
	return !slot->pass || slot->pass == process->pass;
}

#endif
