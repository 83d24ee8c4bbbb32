/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The process behind a socket. */
#ifndef HEADWATER_OWNER_H
#define HEADWATER_OWNER_H

#include "maps.h"

/* Threads name themselves; the group leader's name is the process's. Kernel threads have no executable. */
static __always_inline void hw_owner_of(struct hw_owner *owner, struct task_struct *task)
{
	const unsigned char *name = BPF_CORE_READ(task, mm, exe_file, f_path.dentry, d_name.name);

	owner->tgid = (__u32)task->tgid;
	bpf_probe_read_kernel_str(owner->comm, sizeof(owner->comm), task->group_leader->comm);
	if (name)
		bpf_probe_read_kernel_str(owner->exe, sizeof(owner->exe), name);
}

static __always_inline void hw_owner_of_current(struct hw_owner *owner)
{
	hw_owner_of(owner, (struct task_struct *)bpf_get_current_task_btf());
	owner->cgroup_id = bpf_get_current_cgroup_id();
}

#endif
