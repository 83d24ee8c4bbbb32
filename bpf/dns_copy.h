/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Copies the head of a DNS message, with who asks whom. */
#ifndef HEADWATER_DNS_COPY_H
#define HEADWATER_DNS_COPY_H

#include "conversation.h"
#include "dns.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1048576);
} hw_dns_ring SEC(".maps");

static __always_inline void hw_copy_dns(struct __sk_buff *skb, const struct hw_conversation_key *key,
					const struct hw_conversation *conversation, __u32 at, bool answer)
{
	struct hw_dns_record *record;
	__u32 length = skb->len - at;
	__u32 captured = length < HW_DNS_BYTES ? length : HW_DNS_BYTES;

	if (skb->len <= at)
		return;
	record = bpf_ringbuf_reserve(&hw_dns_ring, sizeof(*record), 0);
	if (!record) {
		hw_count_atomic(HW_COUNTER_ring_full_dns);
		return;
	}
	/* The compiler must not undo what the verifier is to see: at least one byte, at most all. */
	asm volatile("" : "+r"(captured));
	if (captured < 1 || captured > HW_DNS_BYTES || bpf_skb_load_bytes(skb, at, record->message, captured)) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		return;
	}
	record->cookie = key->cookie;
	record->time_ns = bpf_ktime_get_boot_ns();
	record->start_ns = conversation->start_ns;
	record->cgroup_id = conversation->owner.cgroup_id;
	__builtin_memcpy(record->local_ip, conversation->local, HW_ADDRESS_BYTES);
	__builtin_memcpy(record->remote_ip, key->peer, HW_ADDRESS_BYTES);
	record->netns = conversation->netns;
	record->pid = conversation->owner.tgid;
	record->uid = conversation->owner.uid;
	record->length = length;
	record->captured = captured;
	record->local_port = conversation->local_port;
	record->remote_port = key->port;
	record->answer = answer;
	record->owner_source = conversation->owner_source;
	record->flags = conversation->flags;
	record->kind = 1;
	__builtin_memset(record->reserved, 0, sizeof(record->reserved));
	__builtin_memcpy(record->comm, conversation->owner.comm, HW_COMM_BYTES);
	__builtin_memcpy(record->exe, conversation->owner.exe, HW_EXE_BYTES);
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
	hw_count(HW_COUNTER_records_dns);
}

#endif
