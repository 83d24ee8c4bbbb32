// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* After each walk over the sockets: a record for each conversation that changed, and a last one for each that has ended. */
#include "emit.h"
#include "conversation.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Silences after which a socket that no walk meets is forgotten. */
#define HW_UNMET 10

struct drain {
	struct hw_drain told;
	__u64 now;
};

static __always_inline bool is_walked(__u32 netns, __u32 walk)
{
	__u32 *last = bpf_map_lookup_elem(&hw_walked_namespaces, &netns);

	return last && *last == walk;
}

/* What began after the drain did is in its future. */
static __always_inline bool is_over(__u64 since, __u64 period, __u64 now)
{
	return (__s64)(now - since) >= (__s64)period;
}

static __always_inline bool is_met(__u64 cookie, __u32 walk)
{
	struct hw_datagram_socket *socket = bpf_map_lookup_elem(&hw_datagram_sockets, &cookie);

	return socket && socket->walk == walk;
}

static __always_inline bool emit(const struct hw_conversation_key *key, const struct hw_conversation *c, __u64 now, __u8 kind)
{
	struct hw_record *record = hw_reserve(kind);

	if (!record)
		return false;
	record->transport = IPPROTO_UDP;
	record->cookie = key->cookie;
	record->conversation = c->id;
	record->time_ns = now;
	record->start_ns = c->start_ns;
	record->established_ns = c->start_ns;
	record->bytes_sent = c->tx_bytes;
	record->bytes_received = c->rx_bytes;
	record->wire_sent = c->tx_wire;
	record->wire_received = c->rx_wire;
	record->segs_out = (__u32)c->tx_packets;
	record->segs_in = (__u32)c->rx_packets;
	record->data_segs_out = (__u32)c->tx_packets;
	record->data_segs_in = (__u32)c->rx_packets;
	record->drops = c->drops;
	record->icmp_errors = c->icmp_errors;
	__builtin_memcpy(record->local_ip, c->local, HW_ADDRESS_BYTES);
	__builtin_memcpy(record->remote_ip, key->peer, HW_ADDRESS_BYTES);
	record->local_port = c->local_port;
	record->remote_port = key->port;
	record->netns = c->netns;
	record->cgroup_id = c->owner.cgroup_id;
	record->pid = c->owner.tgid;
	record->uid = c->owner.uid;
	record->side = c->side;
	record->side_source = c->side_source;
	record->owner_source = c->owner_source;
	record->flags = c->flags;
	__builtin_memcpy(record->comm, c->owner.comm, HW_COMM_BYTES);
	__builtin_memcpy(record->exe, c->owner.exe, HW_EXE_BYTES);
	hw_submit(record);
	return true;
}

static __always_inline bool has_room(struct drain *drain)
{
	if (hw_ring_has_room())
		return true;
	drain->told.deferred++;
	if (!drain->told.waits)
		hw_count_atomic(HW_COUNTER_walk_deferred);
	return false;
}

/* One that waited in silence may get a packet between the two lines of its end: that one packet is not counted. */
static __always_inline void end(struct hw_conversation_key *key, struct hw_conversation *c, struct drain *drain)
{
	if (has_room(drain) && emit(key, c, drain->now, HW_KIND_DATAGRAM_END))
		bpf_map_delete_elem(&hw_conversations, key);
}

static long look_at(void *map, struct hw_conversation_key *key, struct hw_conversation *c, struct drain *drain)
{
	__u64 stamp = c->tx_packets + c->rx_packets + c->drops + c->icmp_errors;
	bool gone = c->start_ns < drain->told.begun_ns && !is_met(key->cookie, drain->told.walk) &&
		    is_walked(c->netns, drain->told.walk);

	if (gone) {
		end(key, c, drain);
	} else if (stamp != c->stamp) {
		if (!has_room(drain) || !emit(key, c, drain->now, HW_KIND_DATAGRAM))
			return 0;
		c->stamp = stamp;
		c->changed_ns = drain->now;
	} else if (is_over(c->changed_ns, drain->told.idle_ns, drain->now)) {
		end(key, c, drain);
	}
	return 0;
}

/*
 * Gone, or in a network namespace that is gone itself or cannot be walked. What a socket that is older than the probe says from now on
 * comes after a silence, so the probe sees the begin of it.
 */
static long look_at_socket(void *map, __u64 *cookie, struct hw_datagram_socket *socket, struct drain *drain)
{
	bool gone = socket->walk != drain->told.walk && socket->born_ns < drain->told.begun_ns &&
		    is_walked(socket->netns, drain->told.walk);

	if (gone || is_over(socket->met_ns, HW_UNMET * drain->told.idle_ns, drain->now))
		bpf_map_delete_elem(&hw_datagram_sockets, cookie);
	else if (is_over(socket->born_ns, drain->told.idle_ns, drain->now))
		socket->flags &= (__u8)~HW_FLAG_PREEXISTING;
	return 0;
}

SEC("syscall")
int hw_udp_drain(struct hw_drain *told)
{
	struct drain drain = { .told = *told, .now = bpf_ktime_get_boot_ns() };

	bpf_for_each_map_elem(&hw_conversations, look_at, &drain, 0);
	bpf_for_each_map_elem(&hw_datagram_sockets, look_at_socket, &drain, 0);
	told->deferred = drain.told.deferred;
	return 0;
}
