/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A DNS message as it passed by: the kernel copies the head of it, user space reads it. Read by the programs (C) and by the addon (C++). */
#ifndef HEADWATER_DNS_H
#define HEADWATER_DNS_H

#include "flow.h"

#define HW_DNS_PORT 53
/* A message without EDNS at its longest (RFC 1035, 4.2.1). What is longer is read as far as it was copied. */
#define HW_DNS_BYTES 512

/* The fields of a DNS record: X(kind, name, bytes, meaning). */
#define HW_DNS_FIELDS(X) \
	X(u64, cookie, 8, "the kernel's number for the socket that asks") \
	X(u64, time_ns, 8, "when the message passed (BOOTTIME)") \
	X(u64, start_ns, 8, "when the socket's conversation with the server began (BOOTTIME)") \
	X(u64, cgroup_id, 8, "inode of the cgroup v2 directory of the process; 0 = unknown") \
	X(bytes, local_ip, HW_ADDRESS_BYTES, "IPv6 or v4-mapped address of the socket") \
	X(bytes, remote_ip, HW_ADDRESS_BYTES, "IPv6 or v4-mapped address of the server") \
	X(u32, netns, 4, "inode of the network namespace") \
	X(u32, pid, 4, "process that asks; 0 = unknown") \
	X(u32, uid, 4, "its user; means nothing where pid is 0") \
	X(u32, length, 4, "bytes of the message") \
	X(u32, captured, 4, "bytes of it in `message`") \
	X(u16, local_port, 2, "host order") \
	X(u16, remote_port, 2, "host order") \
	X(u8, answer, 1, "0 sent, 1 received") \
	X(u8, owner_source, 1, "as in flow records") \
	X(u8, flags, 1, "as in flow records") \
	X(u8, kind, 1, "always 1") \
	X(bytes, reserved, 4, "zero") \
	X(string, comm, HW_COMM_BYTES, "name of the process's first thread") \
	X(string, exe, HW_EXE_BYTES, "file name of the executable, cut to 31 bytes") \
	X(bytes, message, HW_DNS_BYTES, "the message from its header on")

struct hw_dns_record {
	HW_DNS_FIELDS(HW_DECLARE)
};

#endif
