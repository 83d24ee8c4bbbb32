/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A UDP conversation: one socket and one peer. */
#ifndef HEADWATER_CONVERSATION_H
#define HEADWATER_CONVERSATION_H

#include "datagram.h"
#include "owner.h"
#include "slot.h"
#include "udp_maps.h"

/* include/net/sock.h: bind() named the port. One that the kernel chose is not locked. */
#define SOCK_BINDPORT_LOCK 8
/* Where the kernel's choice of ports begins (net.ipv4.ip_local_port_range, by default). */
#define HW_CHOSEN_PORT 32768
#define HW_QUIC_PORT 443
/* RFC 9000, 17.2: header form and fixed bit. */
#define HW_QUIC_LONG_HEADER 0xc0
#define HW_CONVERSATION_MARK (1ULL << 63)
#define HW_CPU_SHIFT 48

/* Counts it, and names it: numbers of one CPU go up, and with the mark none is a socket's cookie. */
static __always_inline __u64 hw_conversation_number(void)
{
	__u32 counter = HW_COUNTER_conversations;
	__u64 *value = bpf_map_lookup_elem(&hw_counters, &counter);
	__u64 number = value ? __sync_fetch_and_add(value, 1) : 0;

	return HW_CONVERSATION_MARK | (__u64)bpf_get_smp_processor_id() << HW_CPU_SHIFT | number;
}

/*
 * A socket whose port the kernel chose is known to nobody before it sends: its owner is the client. A port named in bind() that was
 * sent to first is a server's. All else is a guess: who sends first is the client, but for a socket that was never bound (it must
 * have sent before, to another address of the same peer) and one older than the probe (who was first is not known). A named port
 * that sends to a higher one, of those that the kernel chooses, is a server's that goes on after a silence. Where nothing else is known the
 * end that talks to such a port is the server's, then the lower port.
 */
static __always_inline void hw_decide_side(struct hw_conversation *fresh, bool named, bool bound, bool sends, bool older,
					   const struct hw_datagram *datagram)
{
	__u16 local = sends ? datagram->source_port : datagram->destination_port;
	__u16 remote = sends ? datagram->destination_port : datagram->source_port;
	bool serves = !sends && !older && (named || bound);

	if (named && older)
		serves = local < remote || remote >= HW_CHOSEN_PORT;
	else if (named && sends)
		serves = local < remote && remote >= HW_CHOSEN_PORT;

	fresh->side = serves ? HW_SIDE_SERVER : HW_SIDE_CLIENT;
	/* Both ends must come to the same: ingest decides between peers. */
	if (older && named && local == remote)
		fresh->side = HW_SIDE_PEER;
	fresh->side_source = older || named == sends ? HW_SIDE_SOURCE_GUESS : HW_SIDE_SOURCE_SOCKET;
}

static __always_inline void hw_own_by_socket(struct hw_conversation *fresh, const struct hw_datagram_socket *socket)
{
	if (!socket)
		return;
	fresh->flags |= socket->flags;
	if (!socket->owner_source)
		return;
	fresh->owner = socket->owner;
	fresh->owner_source = socket->owner_source;
}

/* Who sends is the running task: the egress path is that of sendmsg(). The receiver's is not that of recvmsg(). */
static __always_inline void hw_own_by_sender(struct hw_conversation *conversation)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task_btf();

	hw_owner_of(&conversation->owner, task);
	conversation->owner.cgroup_id = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	conversation->owner_source = HW_OWNER_SOURCE_FIRST_IO;
}

static __always_inline bool hw_is_unseen(struct sock *sk)
{
	__u32 netns;

	if (!hw_config.limited)
		return false;
	netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	return !bpf_map_lookup_elem(&hw_namespaces, &netns);
}

static __always_inline bool hw_is_quic(struct __sk_buff *skb, const struct hw_datagram *datagram)
{
	__u8 first;

	if (datagram->source_port != HW_QUIC_PORT && datagram->destination_port != HW_QUIC_PORT)
		return false;
	return !bpf_skb_load_bytes(skb, datagram->headers, &first, sizeof(first)) &&
	       (first & HW_QUIC_LONG_HEADER) == HW_QUIC_LONG_HEADER;
}

/* skb->sk may not be read past what struct bpf_sock has: as a number it may. */
static __always_inline struct sock *hw_socket_of(struct __sk_buff *skb)
{
	return BPF_CORE_READ((struct sk_buff *)skb, sk);
}

/* Begins a conversation with its first packet; null where there is no room, or the probe is limited to other namespaces. */
static __always_inline struct hw_conversation *hw_begin(struct __sk_buff *skb, const struct hw_conversation_key *key,
							 const struct hw_datagram *datagram, bool sends)
{
	struct hw_datagram_socket *socket;
	struct hw_conversation *begun;
	struct hw_conversation fresh = {};
	struct sock *sk = hw_socket_of(skb);
	__u64 cookie = key->cookie;
	long error;
	bool named;

	if (hw_is_unseen(sk))
		return NULL;
	named = BPF_CORE_READ_BITFIELD_PROBED(sk, sk_userlocks) & SOCK_BINDPORT_LOCK;
	socket = bpf_map_lookup_elem(&hw_datagram_sockets, &cookie);
	hw_own_by_socket(&fresh, socket);
	hw_decide_side(&fresh, named, fresh.owner_source == HW_OWNER_SOURCE_LISTENER, sends,
		       fresh.flags & HW_FLAG_PREEXISTING, datagram);
	/* Its socket may not have been met yet. */
	if (hw_seeding())
		fresh.flags |= HW_FLAG_PREEXISTING;
	fresh.start_ns = bpf_ktime_get_boot_ns();
	fresh.changed_ns = fresh.start_ns;
	if (socket)
		socket->met_ns = fresh.start_ns;
	fresh.netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	fresh.local_port = sends ? datagram->source_port : datagram->destination_port;
	__builtin_memcpy(fresh.local, sends ? datagram->source : datagram->destination, HW_ADDRESS_BYTES);
	if (hw_is_quic(skb, datagram))
		fresh.flags |= HW_FLAG_QUIC;
	fresh.id = hw_conversation_number();
	error = bpf_map_update_elem(&hw_conversations, key, &fresh, BPF_NOEXIST);
	/* There now, by this CPU or another; or refused. */
	begun = bpf_map_lookup_elem(&hw_conversations, key);
	if (!begun)
		hw_count_refusal(HW_COUNTER_conversations_full, error);
	return begun;
}

#endif
