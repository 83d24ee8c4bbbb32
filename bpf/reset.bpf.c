// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Resets, either way. Linux 6.10 added the reason: the loader looks at the tracepoint's arity and sets reset_reasons, which the
 * verifier takes for a constant, so that it never sees the third argument read where there is none. A reset that ends a connection
 * from this side comes after its CLOSE: lifecycle.bpf.c foresees that one.
 */
#include "netns.h"
#include "slot.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline struct hw_slot *live_slot(const struct sock *sk)
{
	struct hw_slot *slot = sk ? hw_slot_of(bpf_get_socket_cookie((void *)sk)) : NULL;

	return slot && slot->state == HW_SLOT_LIVE ? slot : NULL;
}

/* Arguments are taken by hand: BPF_PROG would read the third before it is asked for. */
SEC("tp_btf/tcp_send_reset")
int hw_send_reset(unsigned long long *arguments)
{
	const struct sock *sk = (const struct sock *)arguments[0];
	const struct sk_buff *skb = (const struct sk_buff *)arguments[1];
	struct hw_slot *slot;

	/* A closed port has no socket. */
	if (sk ? hw_is_foreign(sk) : hw_is_foreign_packet(skb))
		return 0;
	slot = live_slot(sk);
	hw_count(HW_COUNTER_resets_sent);
	if (!slot) {
		hw_count(HW_COUNTER_resets_without_socket);
		return 0;
	}
	__sync_fetch_and_add(&slot->resets_tx, 1);
	if (hw_config.reset_reasons)
		slot->reset_reason = (__u8)arguments[2];
	return 0;
}

SEC("tp_btf/tcp_receive_reset")
int BPF_PROG(hw_receive_reset, const struct sock *sk)
{
	struct hw_slot *slot;

	if (hw_is_foreign(sk))
		return 0;
	slot = live_slot(sk);
	hw_count(HW_COUNTER_resets_received);
	if (slot)
		__sync_fetch_and_add(&slot->resets_rx, 1);
	return 0;
}
