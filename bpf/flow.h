/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Everything that crosses between the kernel and user space. Read by the programs (C) and by the addon (C++). */
#ifndef HEADWATER_FLOW_H
#define HEADWATER_FLOW_H

#include <linux/types.h>

/* Goes up with each change of the layout or meaning of a record, of the configuration, or of what a program is told when it is called. */
#define HW_ABI_VERSION 5

#define HW_ADDRESS_BYTES 16
#define HW_COMM_BYTES 16
#define HW_EXE_BYTES 32

/* Kinds of records: name in C, name in counters, value. */
#define HW_RECORD_KINDS(X) \
	X(CLOSE, close, 1) \
	X(WALK, walk, 2) \
	X(LISTENER, listener, 3) \
	X(LISTEN, listen, 4) \
	X(UNLISTEN, unlisten, 5) \
	X(DATAGRAM, datagram, 6) \
	X(DATAGRAM_END, datagram_end, 7)

#define HW_SIDES(X) X(UNKNOWN, 0) X(CLIENT, 1) X(SERVER, 2) X(PEER, 3)
#define HW_SIDE_SOURCES(X) X(UNKNOWN, 0) X(SOCKET, 1) X(WALK, 2) X(GUESS, 3)
#define HW_OWNER_SOURCES(X) X(UNKNOWN, 0) X(CONNECT, 1) X(LISTENER, 2) X(FIRST_IO, 3) X(WALK, 4)
#define HW_RECORD_FLAGS(X) X(OWNER_UNCERTAIN, 1) X(PREEXISTING, 2) X(SLOT_TAKEN, 4) X(KEEP_ALIVE, 8) X(QUIC, 16)

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
	X(u64, conversation, 8, "datagrams: number of the conversation, unique while the probe runs") \
	X(u64, wire_sent, 8, "datagrams: IP bytes sent, headers included") \
	X(u64, wire_received, 8, "datagrams: IP bytes received, headers included") \
	X(u64, cgroup_id, 8, "inode of the cgroup v2 directory; 0 = unknown") \
	X(u64, busy_us, 8, "time with data sent and not acknowledged, or waiting to be sent; the stretch in progress included") \
	X(u64, rwnd_limited_us, 8, "of that, time limited by the peer's receive window") \
	X(u64, sndbuf_limited_us, 8, "of that, time limited by the own send buffer") \
	X(bytes, local_ip, HW_ADDRESS_BYTES, "IPv6 or v4-mapped address, network order") \
	X(bytes, remote_ip, HW_ADDRESS_BYTES, "IPv6 or v4-mapped address, network order") \
	X(u32, netns, 4, "inode of the network namespace") \
	X(u32, pid, 4, "process (thread group) as the initial pid namespace numbers it; 0 = unknown") \
	X(u32, uid, 4, "user of that process as the initial user namespace numbers it; means nothing where pid is 0") \
	X(u32, segs_out, 4, "segments sent") \
	X(u32, segs_in, 4, "segments received") \
	X(u32, data_segs_out, 4, "segments sent with payload") \
	X(u32, data_segs_in, 4, "segments received with payload") \
	X(u32, retransmits, 4, "segments sent again") \
	X(u32, spurious_retrans, 4, "duplicates that the peer told of (DSACK): segments sent again for nothing") \
	X(u32, reorderings, 4, "how often segments were found to have overtaken each other") \
	X(u32, ce_packets, 4, "segments sent that met congestion, as the peer told by ECN") \
	X(u32, zero_windows_tx, 4, "episodes in which walks found the own receive window closed") \
	X(u32, zero_windows_rx, 4, "episodes in which walks found the peer's receive window closed") \
	X(u32, srtt_us, 4, "smoothed round-trip time; 0 = no sample") \
	X(u32, rttvar_us, 4, "mean deviation of the round-trip time; 0 = no sample") \
	X(u32, min_rtt_us, 4, "least round-trip time; 0 = no sample") \
	X(u32, connect_us, 4, "client: from SYN to established; 0 = unknown") \
	X(u32, client_isn, 4, "first sequence number of the client; 0 with server_isn 0 = unknown") \
	X(u32, server_isn, 4, "first sequence number of the server") \
	X(u32, tcp_header_len, 4, "bytes of a TCP header with its usual options") \
	X(u32, backlog, 4, "listener: connections waiting for accept()") \
	X(u32, backlog_max, 4, "listener: how many may wait") \
	X(u32, handshakes, 4, "listener: handshakes under way") \
	X(u32, drops, 4, "packets the socket dropped; listener: also SYNs and handshakes refused for want of room") \
	X(u32, resets_tx, 4, "resets sent") \
	X(u32, resets_rx, 4, "resets received") \
	X(u32, icmp_errors, 4, "datagrams: ICMP errors that came for the socket") \
	X(u32, syn_retrans, 4, "how often the SYN was sent again; server: the SYN and ACK") \
	X(u16, local_port, 2, "host order") \
	X(u16, remote_port, 2, "host order; 0 for listeners") \
	X(u16, family, 2, "address family of the socket: 2 AF_INET, 10 AF_INET6") \
	X(u16, err, 2, "sk_err: errno that ended it") \
	X(u16, err_soft, 2, "sk_err_soft: errno of an ICMP message that did not end it at once") \
	X(u16, drop_reason, 2, "failed attempt: why this machine dropped its SYN or the answer (enum skb_drop_reason); 0 = not seen") \
	X(u8, kind, 1, "1 close, 2 walk, 3 listener, 4 listen, 5 unlisten, 6 datagram, 7 datagram end") \
	X(u8, state, 1, "TCP state now (include/net/tcp_states.h)") \
	X(u8, old_state, 1, "TCP state before; that of `state` in a walk") \
	X(u8, side, 1, "0 unknown, 1 client, 2 server, 3 peer") \
	X(u8, side_source, 1, "0 unknown, 1 socket, 2 walk (the counters tell who sent the SYN), 3 guess") \
	X(u8, owner_source, 1, "0 unknown, 1 connect, 2 listener, 3 first-io, 4 walk") \
	X(u8, flags, 1, "1 owner uncertain, 2 preexisting, 4 slot taken, 8 keep-alive, 16 looks like QUIC") \
	X(u8, transport, 1, "IP protocol: 6 TCP, 17 UDP") \
	X(u8, ecn, 1, "1: congestion notification was negotiated (RFC 3168), 2: the accurate one") \
	X(u8, reset_reason, 1, "why the last reset was sent (enum sk_rst_reason); 0 = unknown") \
	X(bytes, reserved, 2, "zero") \
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
	__u32 tick_us; /* length of a jiffy */
	__u32 reset_reasons; /* 1: tcp_send_reset tells the reason (Linux 6.10) */
	__u32 dns; /* 1: DNS messages are copied to their ring */
};

/* Set by user space while the programs run. */
struct hw_control {
	__u32 seeding; /* 1 until the first walk is through: what it meets for the first time is older than the probe */
	__u32 pass;    /* number of the pass over open files, not 0 but before the first */
	__u32 datagram_walk; /* number of the walk over UDP sockets, not 0 */
	__u32 walk_waits; /* 1: iter/tcp stops where the ring has no room, and goes on there when it is read again */
};

/* Set by the programs, never by user space: it would undo what they note in between its look and its write. */
struct hw_noted {
	__u64 forked_ns; /* when a process that listens forked last (BOOTTIME) */
	__s64 seeded_cookie; /* the highest cookie met while seeding: cookies count up, but for what a CPU still has of its batch */
	__u32 unsettled; /* the pass after which a walk met a socket whose holders were not known yet, or several; or a server forked */
	__u32 reserved;
};

/* What the drain of UDP conversations is told each time. */
struct hw_drain {
	__u64 begun_ns; /* when the walk over the sockets began */
	__u64 idle_ns;	/* a conversation without a packet for so long has ended */
	__u32 walk;	/* number of that walk; not 0 */
	__u32 waits;	/* 1: what the ring has no room for is drained again after a while */
	__u32 deferred; /* told: conversations for which it had none */
	__u32 reserved;
};

/* What a pass over slots is told each time, and what it tells. */
struct hw_slot_pass {
	__u32 first;	 /* slot */
	__u32 count;	 /* of slots */
	__u32 again;	 /* 1: those that were locked before, at most `count` of them */
	__u32 last;	 /* 1: a socket that is locked still is left to the walk over its namespace */
	__u32 locked;	 /* told: sockets that were locked */
	__u32 waits;	 /* 1: it ends where the ring has no room */
	__u32 done;	 /* told: slots that it has passed; the next is to be looked at when the ring was read */
	__u32 overflown; /* told: 1: such namespaces found no room, any may be one */
};

/* Per-CPU counters: X(name, meaning). First what was done. */
#define HW_WORK(X) \
	X(records_close, "close records handed to the ring") \
	X(records_walk, "walk records handed to the ring") \
	X(records_listener, "listener records handed to the ring") \
	X(records_listen, "listen records handed to the ring") \
	X(records_unlisten, "unlisten records handed to the ring") \
	X(records_datagram, "records of live UDP conversations handed to the ring") \
	X(records_datagram_end, "records of ended UDP conversations handed to the ring") \
	X(records_dns, "DNS messages handed to their ring") \
	X(closes_without_slot, "close records of sockets whose slot was taken or never filled") \
	X(closes_recovered, "of the close records those made late: the change of state had been missed") \
	X(owners_seeded, "sockets older than the probe whose owner was found") \
	X(owners_corrected, "sockets found in the hands of another process than was known") \
	X(owners_first_io, "connections whose owner was learnt at their first IO") \
	X(resets_sent, "resets sent") \
	X(resets_received, "resets received") \
	X(resets_without_socket, "resets sent for no socket of ours: closed ports, ended connections") \
	X(handshake_drops, "SYNs and answers that this machine dropped: firewall, neighbour not found") \
	X(handshakes_noted, "handshakes of which a drop was noted, until their attempt ends") \
	X(handshakes_taken, "of these, those whose attempt has failed and told of the drop") \
	X(conversations, "UDP conversations begun, and packets of those that found no room")

/* What an entry that a table did not take counts as: by what bpf_map_update_elem() gave. Four in a row, `full` first (hw_count_refusal). */
#define HW_REFUSALS(X, table, what) \
	X(table##_full, what ": the table was full (E2BIG)") \
	X(table##_no_memory, what ": no memory for an entry, or none to evict (ENOMEM)") \
	X(table##_busy, what ": what was interrupted on this CPU held the table's lock (EBUSY, EDEADLK, ETIMEDOUT)") \
	X(table##_refused, what ": for another reason")

/* Then what was lost: not in rows, or not told of in time. They are rare, and counted so that no interrupt can undo it. */
#define HW_LOSSES(X) \
	X(ring_full_close, "close records lost: the ring was full") \
	X(ring_full_walk, "walk records lost: the ring was full; the next walk repeats them") \
	X(ring_full_listener, "listener records lost: the ring was full; the next walk repeats them") \
	X(ring_full_listen, "listen records lost: the ring was full; the next walk tells of the listener") \
	X(ring_full_unlisten, "unlisten records lost: the ring was full") \
	X(ring_full_datagram, "records of UDP conversations put off: the ring was full; the next walk repeats them") \
	X(ring_full_datagram_end, "ends of UDP conversations put off: the ring was full; the next walk repeats them") \
	X(ring_full_dns, "DNS messages lost: their ring was full") \
	X(walk_deferred, "sockets left for a later walk: the ring was half full though the walk had waited, the rest is for closes") \
	X(walks_wanted_full, "times that a namespace found no room among those to be walked over: what in it has no slot waits for its turn") \
	X(slots_taken, "slots taken over from a live socket: its close record lacks owner and times") \
	HW_REFUSALS(X, listeners, "listeners without an entry, their connections lack an owner") \
	HW_REFUSALS(X, listening, "processes that listen, of which a fork or another program is not noticed") \
	X(listening_evicted, "processes that listen and others have taken the place of: whether one forked meanwhile is not known, so its connections are uncertain") \
	HW_REFUSALS(X, handshake_drops, "drops of handshakes that are not told with their attempt") \
	HW_REFUSALS(X, conversations, "packets of UDP conversations that found no room") \
	HW_REFUSALS(X, datagram_sockets, "UDP sockets without an entry, their ends are told by silence alone") \
	X(datagrams_unread, "packets passed by: IPv6 with extension headers before UDP") \
	X(datagram_drops_unattributed, "datagrams dropped for want of room in the socket, of no conversation that is known") \
	X(datagram_errors_unattributed, "ICMP errors of UDP sockets that are not connected, or of no conversation that is known")

#define HW_COUNTERS(X) HW_WORK(X) HW_LOSSES(X)

#define HW_COUNTER_INDEX(name, meaning) HW_COUNTER_##name,
enum hw_counter { HW_COUNTERS(HW_COUNTER_INDEX) HW_COUNTER_COUNT };

#endif
