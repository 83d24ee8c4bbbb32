// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Run once at start: finds the processes of the UDP sockets that were there before, by their open files. */
#include "conversation.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("iter/task_file")
int hw_udp_owners(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct hw_datagram_socket *socket;
	struct socket *file_socket;
	struct file *file = ctx->file;
	struct sock *sk;
	__u64 cookie;

	if (!task || !file)
		return 0;
	file_socket = bpf_sock_from_file(file);
	sk = file_socket ? file_socket->sk : NULL;
	if (!sk || sk->sk_protocol != IPPROTO_UDP ||
	    (sk->__sk_common.skc_family != AF_INET && sk->__sk_common.skc_family != AF_INET6) || hw_is_foreign(sk))
		return 0;
	cookie = bpf_get_socket_cookie(sk);
	socket = bpf_map_lookup_elem(&hw_datagram_sockets, &cookie);
	if (!socket)
		return 0;
	if (!socket->owner_source) {
		hw_owner_of(&socket->owner, task);
		socket->owner.cgroup_id = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
		socket->owner_source = HW_OWNER_SOURCE_WALK;
		hw_count(HW_COUNTER_owners_seeded);
	} else if (socket->owner_source == HW_OWNER_SOURCE_WALK && socket->owner.tgid != (__u32)task->tgid) {
		socket->flags |= HW_FLAG_OWNER_UNCERTAIN;
	}
	return 0;
}
