/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps of UDP: conversations by socket and peer, sockets with their owners. */
#ifndef HEADWATER_UDP_MAPS_H
#define HEADWATER_UDP_MAPS_H

#include "maps.h"

struct hw_conversation_key {
	__u64 cookie;
	__u8 peer[HW_ADDRESS_BYTES];
	__u16 port;
	__u16 reserved[3];
};

/* Counters are added to by both CPUs that send and CPUs that receive, so atomically; times are the walk's, not each packet's. */
struct hw_conversation {
	__u64 id;
	__u64 start_ns;
	__u64 tx_packets;
	__u64 tx_bytes; /* payload */
	__u64 tx_wire;	/* IP bytes */
	__u64 rx_packets;
	__u64 rx_bytes;
	__u64 rx_wire;
	__u64 stamp;	  /* sum of the counters in the last record */
	__u64 changed_ns; /* when a walk last found them changed */
	struct hw_owner owner;
	__u8 local[HW_ADDRESS_BYTES];
	__u32 netns;
	__u32 drops;
	__u32 icmp_errors;
	__u16 local_port;
	__u8 side;
	__u8 side_source;
	__u8 owner_source;
	__u8 flags;
	__u8 told; /* a record has gone out */
	__u8 reserved[5];
};

/* A UDP socket that was met outside of its packets: at bind(), by a walk, or by a pass over open files. */
struct hw_datagram_socket {
	struct hw_owner owner;
	__u64 born_ns; /* first met */
	__u64 met_ns;  /* last: by a walk, or as a conversation began */
	__u32 netns;
	__u32 walk; /* number of the last walk that met it */
	__u8 owner_source;
	__u8 flags;
	__u8 reserved[6];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 32768);
	__type(key, struct hw_conversation_key);
	__type(value, struct hw_conversation);
} hw_conversations SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct hw_datagram_socket);
} hw_datagram_sockets SEC(".maps");

/* Network namespaces by inode, with the number of the last walk that met all of their UDP sockets. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, __u32);
} hw_walked_namespaces SEC(".maps");

#endif
