// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What becomes of processes that listen. One that forks shares its listeners with the child: until a pass over open files has
 * looked (owners.bpf.c), who accepts a connection is uncertain. One that runs another program keeps them, under its new name.
 */
#include "owner.h"
#include "slot.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct change {
	struct hw_owner owner;
	__u8 forked;
	__u8 reserved[7];
};

static long apply(void *map, const struct hw_listener_key *key, struct hw_listener *listener, struct change *change)
{
	if (listener->owner.tgid != change->owner.tgid)
		return 0;
	if (change->forked)
		listener->forked = change->forked;
	else
		listener->owner = change->owner;
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(hw_fork, struct task_struct *parent, struct task_struct *child)
{
	struct hw_control *control = hw_control_get();
	struct hw_noted *noted = hw_noted_get();
	struct change change = { .owner.tgid = (__u32)parent->tgid };
	struct hw_listening_process *process;

	/* A thread shares all with its process. */
	if (!control || !noted || parent->tgid == child->tgid)
		return 0;
	process = bpf_map_lookup_elem(&hw_listening, &change.owner.tgid);
	if (!process)
		return 0;
	change.forked = (__u8)control->pass;
	process->pass = change.forked;
	process->forked_ns = bpf_ktime_get_boot_ns();
	noted->forked_ns = process->forked_ns;
	noted->unsettled = control->pass;
	bpf_for_each_map_elem(&hw_listeners, apply, &change, 0);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(hw_exec, struct task_struct *task)
{
	struct change change = {};
	__u32 tgid = (__u32)task->tgid;

	if (!bpf_map_lookup_elem(&hw_listening, &tgid))
		return 0;
	hw_owner_of_current(&change.owner);
	bpf_for_each_map_elem(&hw_listeners, apply, &change, 0);
	return 0;
}
