// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A pass over the open files of all processes. The one at start finds the processes of the sockets that were there before. Later
 * ones correct what was noted when a socket was born: a listener that was forked or handed on, a connection that another process
 * took over, a process that became another program. What changes hands is uncertain until the next pass finds it where it was.
 */
#include "emit.h"
#include "listener.h"
#include "netns.h"
#include "slot.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline void read_owner(struct hw_owner *owner, struct task_struct *task)
{
	hw_owner_of(owner, task);
	owner->cgroup_id = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
}

static __always_inline void seed(struct hw_slot *slot, struct task_struct *task)
{
	read_owner(&slot->owner, task);
	slot->owner_source = HW_OWNER_SOURCE_WALK;
	hw_count(HW_COUNTER_owners_seeded);
}

static __always_inline bool runs_another(const struct hw_owner *before, const struct hw_owner *now)
{
	const __u64 *a = (const __u64 *)before->exe;
	const __u64 *b = (const __u64 *)now->exe;

	return a[0] != b[0] || a[1] != b[1] || a[2] != b[2] || a[3] != b[3];
}

/* The next walk tells of the socket, though nothing else of it has changed. */
static __always_inline void tell_anew(struct hw_slot *slot)
{
	slot->stamp = 0;
}

/* The process runs another program since: exec keeps its files. The running program's name is taken, who owns it does not change. */
static __always_inline void refresh(struct hw_slot *slot, struct task_struct *task)
{
	struct hw_owner now = {};

	read_owner(&now, task);
	if (!runs_another(&slot->owner, &now))
		return;
	slot->owner = now;
	slot->owner_source = HW_OWNER_SOURCE_WALK;
	tell_anew(slot);
}

/* Another process has a connection than the one that listened for it. Nothing tells of the next one that is closed before a pass. */
static __always_inline void note_handed(const struct hw_slot *slot, const struct sock *sk)
{
	struct hw_listener *listener;

	if (slot->side != HW_SIDE_SERVER || slot->owner_source != HW_OWNER_SOURCE_LISTENER ||
	    sk->__sk_common.skc_state == TCP_LISTEN)
		return;
	listener = hw_listener_of(sk, bpf_ntohs(BPF_CORE_READ((struct inet_sock *)sk, inet_sport)));
	if (listener)
		listener->handed = 1;
}

/* The first process that this pass finds with the socket. */
static __always_inline void found_first(struct hw_slot *slot, const struct sock *sk, struct task_struct *task, __u8 pass)
{
	const bool met = slot->pass;
	const bool was_shared = slot->shared;

	slot->pass = pass;
	slot->shared = 0;
	if (slot->owner.tgid == (__u32)task->tgid) {
		refresh(slot, task);
		if (met && !was_shared && slot->flags & HW_FLAG_OWNER_UNCERTAIN) {
			slot->flags &= (__u8)~HW_FLAG_OWNER_UNCERTAIN;
			tell_anew(slot);
		}
		return;
	}
	tell_anew(slot);
	note_handed(slot, sk);
	seed(slot, task);
	if (slot->listed)
		slot->listed = HW_LISTED;
	hw_count(HW_COUNTER_owners_corrected);
	slot->flags |= HW_FLAG_OWNER_UNCERTAIN;
}

static __always_inline void found_holder(struct hw_slot *slot, const struct sock *sk, struct task_struct *task, __u8 pass)
{
	if (slot->owner_source == HW_OWNER_SOURCE_FIRST_IO) {
		slot->pass = pass;
		return;
	}
	if (!slot->owner_source) {
		seed(slot, task);
		slot->pass = pass;
		slot->shared = 0;
	} else if (slot->pass != pass) {
		found_first(slot, sk, task, pass);
	} else if (slot->owner.tgid != (__u32)task->tgid) {
		slot->shared = 1;
		if (!(slot->flags & HW_FLAG_OWNER_UNCERTAIN))
			tell_anew(slot);
		slot->flags |= HW_FLAG_OWNER_UNCERTAIN;
	}
}

/*
 * A listening MPTCP socket has its address; the TCP socket below it has no file of its own, so that what is known of the holders
 * is kept with the address.
 */
static __always_inline void find_mptcp_listener(const struct sock *sk, struct task_struct *task, __u8 pass)
{
	struct hw_listener_key key;
	struct hw_listener *listener;
	struct hw_listener fresh = { .holders = 1, .pass = pass };
	long error;

	hw_listener_key_of(&key, sk, bpf_ntohs(BPF_CORE_READ((struct inet_sock *)sk, inet_sport)));
	listener = bpf_map_lookup_elem(&hw_listeners, &key);
	if (!listener) {
		read_owner(&fresh.owner, task);
		error = bpf_map_update_elem(&hw_listeners, &key, &fresh, BPF_NOEXIST);
		if (error)
			hw_count_refusal(HW_COUNTER_listeners_full, error);
		return;
	}
	if (listener->pass == pass) {
		listener->shared |= listener->owner.tgid != (__u32)task->tgid;
		listener->mixed |= listener->shared;
		return;
	}
	if (listener->owner.tgid != (__u32)task->tgid) {
		read_owner(&listener->owner, task);
		listener->mixed = 1;
	} else if (listener->pass && listener->pass != listener->forked && !listener->shared) {
		listener->mixed = 0;
		listener->forked = 0;
	}
	listener->pass = pass;
	listener->shared = 0;
}

SEC("iter/task_file")
int hw_owners(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct hw_control *control = hw_control_get();
	struct file *file = ctx->file;
	struct socket *socket;
	struct hw_slot *slot;
	struct sock *sk;
	__u64 cookie;
	__u8 state;
	__u8 pass;

	if (!task || !file || !control)
		return 0;
	socket = bpf_sock_from_file(file);
	sk = socket ? socket->sk : NULL;
	if (!sk || (sk->__sk_common.skc_family != AF_INET && sk->__sk_common.skc_family != AF_INET6))
		return 0;
	if (hw_is_foreign(sk))
		return 0;
	state = sk->__sk_common.skc_state;
	pass = (__u8)control->pass;
	if (sk->sk_protocol == IPPROTO_MPTCP && state == TCP_LISTEN)
		find_mptcp_listener(sk, task, pass);
	if (sk->sk_protocol != IPPROTO_TCP || state == TCP_CLOSE)
		return 0;
	cookie = bpf_get_socket_cookie(sk);
	slot = hw_slot_of(cookie);
	if (!slot || slot->state == HW_SLOT_ENDED)
		slot = hw_slot_seed(sk, cookie, bpf_ktime_get_boot_ns(), false);
	if (slot)
		found_holder(slot, sk, task, pass);
	return 0;
}
