/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The process behind a socket. */
#ifndef HEADWATER_OWNER_H
#define HEADWATER_OWNER_H

#include "maps.h"

/* The executable's name; null for kernel threads. Plain reads, which the verifier makes safe: a helper's call for each step costs more than all. */
static __always_inline const unsigned char *hw_executable(const struct task_struct *task)
{
	const struct mm_struct *mm = task->mm;
	const struct file *file = mm ? mm->exe_file : NULL;
	const struct dentry *entry = file ? file->f_path.dentry : NULL;

	return entry ? entry->d_name.name : NULL;
}

/* Threads name themselves; the group leader's name is the process's. */
static __always_inline void hw_owner_of(struct hw_owner *owner, struct task_struct *task)
{
	const unsigned char *name = hw_executable(task);
	const struct cred *cred = task->cred;

	owner->tgid = (__u32)task->tgid;
	owner->uid = cred ? cred->uid.val : 0;
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
