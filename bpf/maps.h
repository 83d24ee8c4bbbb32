/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps, the same in each object: the loader creates them once and shares them. Sizes are set before the load. */
#ifndef HEADWATER_MAPS_H
#define HEADWATER_MAPS_H

#include "kernel.h"
#include "flow.h"

struct hw_owner {
	__u64 cgroup_id;
	__u32 tgid;
	__u32 uid;
	char comm[HW_COMM_BYTES];
	char exe[HW_EXE_BYTES];
};

enum hw_slot_state {
	HW_SLOT_FREE,
	HW_SLOT_LIVE,
	HW_SLOT_ENDED, /* its socket is closed; the cookie stays, so that a late reset or a taken slot is told apart */
};

/*
 * What a socket's own counters cannot tell. Lies at one of eight places of an array, cookie & (N - 1) first (slot.h): never leaks, costs
 * no allocation. 136 bytes; the next socket on the same CPU has the next cookie, so what a slot shares of a cache line is its neighbour's.
 */
struct hw_slot {
	__u64 cookie;
	__u64 sk; /* address of the socket, for walk_slots.bpf.c alone: the socket may be gone */
	__u64 start_ns;
	__u64 established_ns;
	__u64 stamp; /* sum of the counters in the last walk record */
	struct hw_owner owner;
	__u32 emitted_ms; /* of the last walk record; wraps after 49 days */
	__u32 connect_us;
	__u32 resets_tx;
	__u32 resets_rx;
	__u16 zero_windows_tx;
	__u16 zero_windows_rx;
	__u8 windows; /* which were closed at the last walk: enum hw_window */
	__u8 syn_retrans;
	__u8 reset_reason;
	__u8 side;
	__u8 side_source;
	__u8 owner_source;
	__u8 flags;
	__u8 state;
	__u8 listed; /* a listener that stands in the table of listeners: enum hw_listed */
	__u8 pass;   /* the last pass over open files that met it (owners.bpf.c) */
	__u8 shared; /* that pass met several holders */
	__u8 moved;  /* of the place, not of its socket: one whose first place this is has its slot at another (slot.h) */
};

enum hw_listed {
	HW_LISTED = 1,
	HW_LISTED_PROCESS, /* and its process was met in that of processes that listen */
};

enum hw_window {
	HW_WINDOW_OWN = 1,
	HW_WINDOW_PEER = 2,
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
	__u8 mixed;	       /* they belong to several processes, or one of them does */
	__u8 forked;	       /* the pass over open files that was the last when its process forked; 0: settled since */
	__u8 pass;	       /* of a listener without a slot (MPTCP), as in hw_slot */
	__u8 shared;
	__u8 handed; /* a pass has found a connection of it with another process: it hands them on, and may again */
	__u8 reserved[7];
};

/*
 * An attempt, as its client sees it. The client's first sequence number tells apart those with the same addresses and ports in several
 * network namespaces, and is the same in whichever of them the packet is dropped.
 */
struct hw_handshake {
	__u8 client[HW_ADDRESS_BYTES];
	__u8 server[HW_ADDRESS_BYTES];
	__u16 client_port;
	__u16 server_port;
	__u32 client_isn;
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

/* A process that has listened: of others a fork or exec is none of ours. */
struct hw_listening_process {
	__u64 forked_ns; /* last, 0 for never */
	__u8 pass;	 /* over open files, that was the last one then */
	__u8 reserved[7];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct hw_listening_process);
} hw_listening SEC(".maps");

/* Why a packet of a handshake was dropped last (enum skb_drop_reason); taken by the attempt when it fails. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct hw_handshake);
	__type(value, __u32);
} hw_handshake_drops SEC(".maps");

/* Inodes of the network namespaces that the probe is limited to. Filled before the first program is attached. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u8);
} hw_namespaces SEC(".maps");

/*
 * Inodes of network namespaces that the next walk over slots is to leave to one over their sockets, for what is in them. The loader
 * takes them out.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u8);
} hw_walk_wanted SEC(".maps");

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

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hw_noted);
} hw_noted SEC(".maps");

const volatile struct hw_config hw_config SEC(".rodata.config") = {
	.abi_version = HW_ABI_VERSION,
	.record_bytes = sizeof(struct hw_record),
	.slot_mask = 131071,
	.ring_bytes = 4194304,
	.keep_alive_ns = 60000000000ULL,
	.limited = 0,
	.tick_us = 4000,
	.reset_reasons = 0,
};

static __always_inline void hw_count(__u32 counter)
{
	__u64 *value = bpf_map_lookup_elem(&hw_counters, &counter);

	if (value)
		*value += 1;
}

/*
 * The same in one instruction. The other takes three (load, add, store): what another program counts in an interrupt in between is
 * undone. For losses, and what else is rare; a locked addition costs several ns, so what each connection counts goes without.
 */
static __always_inline void hw_count_atomic(__u32 counter)
{
	__u64 *value = bpf_map_lookup_elem(&hw_counters, &counter);

	if (value)
		__sync_fetch_and_add(value, 1);
}

/* include/uapi/asm-generic/errno*.h */
#define HW_E2BIG 7
#define HW_ENOMEM 12
#define HW_EBUSY 16
#define HW_EEXIST 17
#define HW_EDEADLK 35
#define HW_ETIMEDOUT 110

/* An entry that its table did not take. @full: the first of the table's four counters; @error: what bpf_map_update_elem() gave. */
static __always_inline void hw_count_refusal(__u32 full, long error)
{
	if (error == -HW_E2BIG)
		hw_count_atomic(full);
	else if (error == -HW_ENOMEM)
		hw_count_atomic(full + 1);
	else if (error == -HW_EBUSY || error == -HW_EDEADLK || error == -HW_ETIMEDOUT)
		hw_count_atomic(full + 2);
	else
		hw_count_atomic(full + 3);
}

#endif
