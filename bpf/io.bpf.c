// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Who really serves an accepted connection: the process of its first IO. Of several that hold a listener any may have accepted it,
 * and the one that did may have passed it on. Costs a look at each send and receive, so only the profile full loads it.
 */
#include "netns.h"
#include "owner.h"
#include "slot.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* A connection of which only the listener's owner is known, or nobody, or one that the open files told of. */
static __always_inline bool is_wanted(const struct hw_slot *slot)
{
	if (slot->state != HW_SLOT_LIVE || slot->listed)
		return false;
	return slot->owner_source != HW_OWNER_SOURCE_CONNECT && slot->owner_source != HW_OWNER_SOURCE_FIRST_IO;
}

static __always_inline int learn(const struct sock *sk)
{
	struct hw_slot *slot;
	__u16 family = sk->__sk_common.skc_family;

	/* They come for sockets of all kinds. */
	if (family != AF_INET && family != AF_INET6)
		return 0;
	if (sk->sk_protocol != IPPROTO_TCP || hw_is_foreign(sk))
		return 0;
	slot = hw_slot_of((__u64)sk->__sk_common.skc_cookie.counter);
	if (!slot || !is_wanted(slot))
		return 0;
	hw_owner_of_current(&slot->owner);
	slot->owner_source = HW_OWNER_SOURCE_FIRST_IO;
	slot->flags &= (__u8)~HW_FLAG_OWNER_UNCERTAIN;
	hw_count(HW_COUNTER_owners_first_io);
	return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(hw_first_send, const struct sock *sk)
{
	return learn(sk);
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(hw_first_receive, const struct sock *sk)
{
	return learn(sk);
}
