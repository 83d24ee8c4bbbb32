// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Resets, either way. Only socket and packet are read, so kernels before and after 6.10 (which added the reason) take the
 * same program. A reset that ends a connection from this side comes after its CLOSE: lifecycle.bpf.c foresees that one.
 */
#include "netns.h"
#include "slot.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline struct hw_slot *live_slot(const struct sock *sk)
{
	struct hw_slot *slot = sk ? hw_slot_of(bpf_get_socket_cookie((void *)sk)) : NULL;

	return slot && slot->state == HW_SLOT_LIVE ? slot : NULL;
}

SEC("tp_btf/tcp_send_reset")
int BPF_PROG(hw_send_reset, const struct sock *sk, const struct sk_buff *skb)
{
	struct hw_slot *slot;

	/* A closed port has no socket. */
	if (sk ? hw_is_foreign(sk) : hw_is_foreign_packet(skb))
		return 0;
	slot = live_slot(sk);
	hw_count(HW_COUNTER_resets_sent);
	if (slot)
		__sync_fetch_and_add(&slot->resets_tx, 1);
	else
		hw_count(HW_COUNTER_resets_without_socket);
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
