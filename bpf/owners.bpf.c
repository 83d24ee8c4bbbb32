// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Run once at start: finds the processes of the sockets that were there before, by their open files. */
#include "emit.h"
#include "listener.h"
#include "netns.h"
#include "slot.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline void seed(struct hw_slot *slot, struct task_struct *task)
{
	hw_owner_of(&slot->owner, task);
	slot->owner.cgroup_id = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	slot->owner_source = HW_OWNER_SOURCE_WALK;
	hw_count(HW_COUNTER_owners_seeded);
}

/* A listening MPTCP socket has its address; the TCP socket below it has no file of its own. */
static __always_inline void seed_mptcp_listener(const struct sock *sk, struct task_struct *task)
{
	struct inet_sock *inet = (struct inet_sock *)sk;
	struct hw_listener_key key;
	struct hw_listener fresh = { .holders = 1 };

	hw_listener_key_of(&key, sk, bpf_ntohs(BPF_CORE_READ(inet, inet_sport)));
	hw_owner_of(&fresh.owner, task);
	fresh.owner.cgroup_id = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	bpf_map_update_elem(&hw_listeners, &key, &fresh, BPF_NOEXIST);
}

SEC("iter/task_file")
int hw_owners(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket *socket;
	struct hw_slot *slot;
	struct sock *sk;
	__u64 cookie;
	__u8 state;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	sk = socket ? socket->sk : NULL;
	if (!sk || (sk->__sk_common.skc_family != AF_INET && sk->__sk_common.skc_family != AF_INET6))
		return 0;
	if (hw_is_foreign(sk))
		return 0;
	state = sk->__sk_common.skc_state;
	if (sk->sk_protocol == IPPROTO_MPTCP && state == TCP_LISTEN)
		seed_mptcp_listener(sk, task);
	if (sk->sk_protocol != IPPROTO_TCP || state == TCP_CLOSE)
		return 0;
	cookie = bpf_get_socket_cookie(sk);
	slot = hw_slot_of(cookie);
	if (!slot || slot->state == HW_SLOT_ENDED)
		slot = hw_slot_seed(cookie, bpf_ktime_get_boot_ns(), false);
	if (!slot)
		return 0;
	if (!slot->owner_source)
		seed(slot, task);
	else if (slot->owner_source == HW_OWNER_SOURCE_WALK && slot->owner.tgid != (__u32)task->tgid)
		slot->flags |= HW_FLAG_OWNER_UNCERTAIN;
	return 0;
}
