/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps, the same in each object: the loader creates them once and shares them. Sizes are set before the load. */
#ifndef HEADWATER_MAPS_H
#define HEADWATER_MAPS_H

#include "kernel.h"
#include "flow.h"

struct hw_owner {
	__u64 cgroup_id;
	__u32 tgid;
	__u32 reserved;
	char comm[HW_COMM_BYTES];
	char exe[HW_EXE_BYTES];
};

enum hw_slot_state {
	HW_SLOT_FREE,
	HW_SLOT_LIVE,
	HW_SLOT_ENDED, /* its socket is closed; the cookie stays, so that a late reset or a taken slot is told apart */
};

/*
 * What a socket's own counters cannot tell. Lies at index cookie & (N - 1) of an array: never full, never leaks, costs no
 * allocation. 128 bytes: two cache lines.
 */
struct hw_slot {
	__u64 cookie;
	__u64 start_ns;
	__u64 established_ns;
	__u64 stamp; /* sum of the counters in the last walk record */
	__u64 emitted_ns;
	struct hw_owner owner;
	__u32 connect_us;
	__u32 resets_tx;
	__u32 resets_rx;
	__u8 side;
	__u8 side_source;
	__u8 owner_source;
	__u8 flags;
	__u8 state;
	__u8 listed; /* a listener that stands in the table of listeners */
	__u8 reserved[6];
};

struct hw_listener_key {
	__u8 address[HW_ADDRESS_BYTES];
	__u32 netns;
	__u16 port;
	__u16 reserved;
};

struct hw_listener {
	struct hw_owner owner; /* of the socket that came last */
	__u32 holders;	       /* sockets that listen there (SO_REUSEPORT) */
	__u32 mixed;	       /* they belong to several processes */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 131072);
	__type(key, __u32);
	__type(value, struct hw_slot);
} hw_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct hw_listener_key);
	__type(value, struct hw_listener);
} hw_listeners SEC(".maps");

/* Inodes of the network namespaces that the probe is limited to. Filled before the first program is attached. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u8);
} hw_namespaces SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4194304);
} hw_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, HW_COUNTER_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} hw_counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hw_control);
} hw_control SEC(".maps");

const volatile struct hw_config hw_config SEC(".rodata.config") = {
	.abi_version = HW_ABI_VERSION,
	.record_bytes = sizeof(struct hw_record),
	.slot_mask = 131071,
	.ring_bytes = 4194304,
	.keep_alive_ns = 60000000000ULL,
	.limited = 0,
};

static __always_inline void hw_count(__u32 counter)
{
	__u64 *value = bpf_map_lookup_elem(&hw_counters, &counter);

	if (value)
		*value += 1;
}

#endif
