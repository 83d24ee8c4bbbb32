/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Everything that crosses between the kernel and user space. Read by the programs (C) and by the addon (C++). */
#ifndef HEADWATER_FLOW_H
#define HEADWATER_FLOW_H

#include <linux/types.h>

/* Goes up with each change of a record's or the configuration's layout or meaning. */
#define HW_ABI_VERSION 2

#define HW_ADDRESS_BYTES 16
#define HW_COMM_BYTES 16
#define HW_EXE_BYTES 32

/* Kinds of records: name in C, name in counters, value. */
#define HW_RECORD_KINDS(X) \
	X(CLOSE, close, 1) \
	X(WALK, walk, 2) \
	X(LISTENER, listener, 3) \
	X(LISTEN, listen, 4) \
	X(UNLISTEN, unlisten, 5)

#define HW_SIDES(X) X(UNKNOWN, 0) X(CLIENT, 1) X(SERVER, 2) X(PEER, 3)
#define HW_SIDE_SOURCES(X) X(UNKNOWN, 0) X(SOCKET, 1) X(WALK, 2) X(GUESS, 3)
#define HW_OWNER_SOURCES(X) X(UNKNOWN, 0) X(CONNECT, 1) X(LISTENER, 2) X(FIRST_IO, 3) X(WALK, 4)
#define HW_RECORD_FLAGS(X) X(OWNER_UNCERTAIN, 1) X(PREEXISTING, 2) X(SLOT_TAKEN, 4) X(KEEP_ALIVE, 8)

#define HW_KIND_VALUE(name, counter, value) HW_KIND_##name = value,
enum hw_record_kind { HW_RECORD_KINDS(HW_KIND_VALUE) };
#define HW_SIDE_VALUE(name, value) HW_SIDE_##name = value,
enum hw_side { HW_SIDES(HW_SIDE_VALUE) };
#define HW_SIDE_SOURCE_VALUE(name, value) HW_SIDE_SOURCE_##name = value,
enum hw_side_source { HW_SIDE_SOURCES(HW_SIDE_SOURCE_VALUE) };
#define HW_OWNER_SOURCE_VALUE(name, value) HW_OWNER_SOURCE_##name = value,
enum hw_owner_source { HW_OWNER_SOURCES(HW_OWNER_SOURCE_VALUE) };
#define HW_FLAG_VALUE(name, value) HW_FLAG_##name = value,
enum hw_record_flag { HW_RECORD_FLAGS(HW_FLAG_VALUE) };

/*
 * The fields of a record: X(kind, name, bytes, meaning). Counters are cumulative over the socket's life.
 * Ordered by alignment, so that the struct has no padding but `reserved`.
 */
#define HW_RECORD_FIELDS(X) \
	X(u64, cookie, 8, "the kernel's number for the socket, unique until reboot") \
	X(u64, time_ns, 8, "when the record was made (BOOTTIME)") \
	X(u64, start_ns, 8, "connect() began; the server's handshake ended; else first sight (BOOTTIME)") \
	X(u64, established_ns, 8, "when the connection was established, first sight if older than the probe; 0 = never") \
	X(u64, bytes_sent, 8, "payload sent, retransmissions included") \
	X(u64, bytes_retrans, 8, "payload sent again: bytes_sent - bytes_retrans is the payload") \
	X(u64, bytes_received, 8, "payload received in order, FIN not counted") \
	X(u64, cgroup_id, 8, "inode of the cgroup v2 directory; 0 = unknown") \
	X(bytes, local_ip, HW_ADDRESS_BYTES, "IPv6 or v4-mapped address, network order") \
	X(bytes, remote_ip, HW_ADDRESS_BYTES, "IPv6 or v4-mapped address, network order") \
	X(u32, netns, 4, "inode of the network namespace") \
	X(u32, pid, 4, "process (thread group) as the initial pid namespace numbers it; 0 = unknown") \
	X(u32, segs_out, 4, "segments sent") \
	X(u32, segs_in, 4, "segments received") \
	X(u32, data_segs_out, 4, "segments sent with payload") \
	X(u32, data_segs_in, 4, "segments received with payload") \
	X(u32, retransmits, 4, "segments sent again") \
	X(u32, srtt_us, 4, "smoothed round-trip time; 0 = no sample") \
	X(u32, rttvar_us, 4, "mean deviation of the round-trip time; 0 = no sample") \
	X(u32, min_rtt_us, 4, "least round-trip time; 0 = no sample") \
	X(u32, connect_us, 4, "client: from SYN to established; 0 = unknown") \
	X(u32, client_isn, 4, "first sequence number of the client; 0 with server_isn 0 = unknown") \
	X(u32, server_isn, 4, "first sequence number of the server") \
	X(u32, tcp_header_len, 4, "bytes of a TCP header with its usual options") \
	X(u32, backlog, 4, "listener: connections waiting for accept()") \
	X(u32, backlog_max, 4, "listener: how many may wait") \
	X(u32, drops, 4, "packets the socket dropped; listener: also SYNs and handshakes refused for want of room") \
	X(u32, resets_tx, 4, "resets sent") \
	X(u32, resets_rx, 4, "resets received") \
	X(u32, syn_retrans, 4, "failed attempt: how often the SYN was sent again") \
	X(u16, local_port, 2, "host order") \
	X(u16, remote_port, 2, "host order; 0 for listeners") \
	X(u16, family, 2, "address family of the socket: 2 AF_INET, 10 AF_INET6") \
	X(u16, err, 2, "sk_err: errno that ended it") \
	X(u16, err_soft, 2, "sk_err_soft: errno of an ICMP message that did not end it at once") \
	X(u8, kind, 1, "1 close, 2 walk, 3 listener, 4 listen, 5 unlisten") \
	X(u8, state, 1, "TCP state now (include/net/tcp_states.h)") \
	X(u8, old_state, 1, "TCP state before; that of `state` in a walk") \
	X(u8, side, 1, "0 unknown, 1 client, 2 server, 3 peer") \
	X(u8, side_source, 1, "0 unknown, 1 socket, 2 walk (the counters tell who sent the SYN), 3 guess") \
	X(u8, owner_source, 1, "0 unknown, 1 connect, 2 listener, 3 first-io, 4 walk") \
	X(u8, flags, 1, "1 owner uncertain, 2 preexisting, 4 slot taken, 8 keep-alive") \
	X(bytes, reserved, 7, "zero") \
	X(string, comm, HW_COMM_BYTES, "name of the process's first thread") \
	X(string, exe, HW_EXE_BYTES, "file name of the executable, cut to 31 bytes")

#define HW_DECLARE_u64(name, bytes) __u64 name;
#define HW_DECLARE_u32(name, bytes) __u32 name;
#define HW_DECLARE_u16(name, bytes) __u16 name;
#define HW_DECLARE_u8(name, bytes) __u8 name;
#define HW_DECLARE_bytes(name, bytes) __u8 name[bytes];
#define HW_DECLARE_string(name, bytes) char name[bytes];
#define HW_DECLARE(kind, name, bytes, meaning) HW_DECLARE_##kind(name, bytes)

struct hw_record {
	HW_RECORD_FIELDS(HW_DECLARE)
};

/* Set by user space before the programs are loaded; version and size are the object's own, and are compared. */
struct hw_config {
	__u32 abi_version;
	__u32 record_bytes;
	__u32 slot_mask;
	__u32 ring_bytes;
	__u64 keep_alive_ns;
	__u32 limited; /* 1: only sockets of the network namespaces in hw_namespaces are observed */
	__u32 reserved;
};

/* Set by user space while the programs run, but for seeded_cookie. */
struct hw_control {
	__u32 seeding; /* 1 until the first walk is through: what it meets for the first time is older than the probe */
	__u32 reserved;
	__s64 seeded_cookie; /* the highest cookie met while seeding: cookies count up, but for what a CPU still has of its batch */
};

/* Per-CPU counters: X(name, meaning). */
#define HW_COUNTERS(X) \
	X(records_close, "close records handed to the ring") \
	X(records_walk, "walk records handed to the ring") \
	X(records_listener, "listener records handed to the ring") \
	X(records_listen, "listen records handed to the ring") \
	X(records_unlisten, "unlisten records handed to the ring") \
	X(ring_full_close, "close records lost: the ring was full") \
	X(ring_full_walk, "walk records lost: the ring was full; the next walk repeats them") \
	X(ring_full_listener, "listener records lost: the ring was full; the next walk repeats them") \
	X(ring_full_listen, "listen records lost: the ring was full; the next walk tells of the listener") \
	X(ring_full_unlisten, "unlisten records lost: the ring was full") \
	X(walk_deferred, "sockets left for a later walk: the ring was half full, the rest is for closes") \
	X(slots_taken, "slots taken over from a live socket: its close record lacks owner and times") \
	X(closes_without_slot, "close records of sockets whose slot was taken or never filled") \
	X(listeners_full, "listeners without an entry: the table was full, their connections lack an owner") \
	X(owners_seeded, "sockets older than the probe whose owner was found") \
	X(resets_sent, "resets sent") \
	X(resets_received, "resets received") \
	X(resets_without_socket, "resets sent for no socket of ours: closed ports, ended connections")

#define HW_COUNTER_INDEX(name, meaning) HW_COUNTER_##name,
enum hw_counter { HW_COUNTERS(HW_COUNTER_INDEX) HW_COUNTER_COUNT };

#endif
