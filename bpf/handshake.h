/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Handshakes of which this machine drops a packet: told by drop.bpf.c, asked for by the attempt that fails. */
#ifndef HEADWATER_HANDSHAKE_H
#define HEADWATER_HANDSHAKE_H

#include "maps.h"

/* Why a packet of the failed attempt was dropped; 0 where none was seen. @isn: first sequence number of its end */
static __always_inline __u16 hw_handshake_drop(const struct hw_record *record, __u32 isn)
{
	struct hw_handshake attempt = {
		.client_port = record->local_port,
		.server_port = record->remote_port,
		.client_isn = isn,
	};
	__u32 *reason;
	__u16 found;

	__builtin_memcpy(attempt.client, record->local_ip, HW_ADDRESS_BYTES);
	__builtin_memcpy(attempt.server, record->remote_ip, HW_ADDRESS_BYTES);
	reason = bpf_map_lookup_elem(&hw_handshake_drops, &attempt);
	if (!reason)
		return 0;
	found = (__u16)*reason;
	if (!bpf_map_delete_elem(&hw_handshake_drops, &attempt))
		hw_count_atomic(HW_COUNTER_handshakes_taken);
	return found;
}

#endif
