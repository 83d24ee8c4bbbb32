// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* UDP sockets outside of their packets: who binds them, which are there. */
#include "conversation.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define PASS 1

static __always_inline struct hw_datagram_socket *entry_of(__u64 cookie, __u32 netns, bool older)
{
	struct hw_datagram_socket *found = bpf_map_lookup_elem(&hw_datagram_sockets, &cookie);
	struct hw_datagram_socket fresh = {};
	long error;

	if (found)
		return found;
	fresh.born_ns = bpf_ktime_get_boot_ns();
	fresh.met_ns = fresh.born_ns;
	fresh.netns = netns;
	fresh.flags = older ? HW_FLAG_PREEXISTING : 0;
	error = bpf_map_update_elem(&hw_datagram_sockets, &cookie, &fresh, BPF_NOEXIST);
	found = bpf_map_lookup_elem(&hw_datagram_sockets, &cookie);
	if (!found)
		hw_count_refusal(HW_COUNTER_datagram_sockets_full, error);
	return found;
}

/* bind(): in the context of the process that calls it. Who only receives is known by this alone. */
static __always_inline int on_bind(struct bpf_sock *ctx)
{
	struct hw_datagram_socket *socket;
	struct task_struct *task;

	if (ctx->protocol != IPPROTO_UDP || hw_is_unseen((struct sock *)ctx))
		return PASS;
	socket = entry_of(bpf_get_socket_cookie(ctx), BPF_CORE_READ((struct sock *)ctx, __sk_common.skc_net.net, ns.inum), false);
	if (!socket)
		return PASS;
	task = (struct task_struct *)bpf_get_current_task_btf();
	hw_owner_of(&socket->owner, task);
	socket->owner.cgroup_id = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	socket->owner_source = HW_OWNER_SOURCE_LISTENER;
	return PASS;
}

SEC("cgroup/post_bind4")
int hw_udp_bind4(struct bpf_sock *ctx)
{
	return on_bind(ctx);
}

SEC("cgroup/post_bind6")
int hw_udp_bind6(struct bpf_sock *ctx)
{
	return on_bind(ctx);
}

/* Marks the sockets that are there: a conversation whose socket is not met has ended. */
SEC("iter/udp")
int hw_udp_walk(struct bpf_iter__udp *ctx)
{
	struct sock *sk = (struct sock *)ctx->udp_sk;
	struct hw_control *control = hw_control_get();
	struct hw_datagram_socket *socket;

	if (!sk || !control || hw_is_foreign(sk))
		return 0;
	socket = entry_of(bpf_get_socket_cookie(sk), hw_netns(sk), control->seeding);
	if (!socket)
		return 0;
	socket->walk = control->datagram_walk;
	socket->met_ns = bpf_ktime_get_boot_ns();
	return 0;
}
