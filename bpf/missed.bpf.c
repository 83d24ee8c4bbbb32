// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Ends that lifecycle.bpf.c has missed. The kernel does not run a program within itself: where a timer's interrupt comes while it runs
 * in a system call, all connections that end in that interrupt pass it by, be it dozens. (Interrupts that are held off come when they
 * are let in again, which is still within it.) But other programs see these sockets a moment later: where the error is told to the
 * process, and where the socket is taken down. A slot that is live then has no record of its end yet.
 */
#include "close.h"
#include "netns.h"
#include "slot.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline int recover(const struct sock *sk)
{
	struct tcp_sock *tp;
	struct hw_slot *slot;
	__u64 cookie;

	if (sk->__sk_common.skc_state != TCP_CLOSE || sk->sk_protocol != IPPROTO_TCP)
		return 0;
	cookie = (__u64)sk->__sk_common.skc_cookie.counter;
	slot = hw_slot_of(cookie);
	/* Without a side it is a listener, or one that no walk has settled. */
	if (!slot || slot->state != HW_SLOT_LIVE || !slot->side || slot->listed)
		return 0;
	if (hw_is_foreign(sk))
		return 0;
	tp = bpf_skc_to_tcp_sock((void *)sk);
	if (!tp)
		return 0;
	slot->state = HW_SLOT_ENDED;
	/* Of an established connection it is not known any more who closed first. */
	if (hw_emit_close(sk, tp, slot, cookie, bpf_ktime_get_boot_ns(), slot->established_ns ? 0 : TCP_SYN_SENT, true))
		hw_count_atomic(HW_COUNTER_closes_recovered);
	return 0;
}

/* With the error that the process has not asked for yet. */
SEC("tp_btf/inet_sk_error_report")
int BPF_PROG(hw_tcp_error, const struct sock *sk)
{
	return recover(sk);
}

SEC("tp_btf/tcp_destroy_sock")
int BPF_PROG(hw_destroy, const struct sock *sk)
{
	return recover(sk);
}
