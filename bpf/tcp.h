/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What struct tcp_sock counts, into the record. */
#ifndef HEADWATER_TCP_H
#define HEADWATER_TCP_H

#include "socket.h"

#define HW_NO_RTT_MIN ((__u32)~0)

/* A counter that the running kernel may lack. */
#define HW_COUNT_OF(tp, field) (bpf_core_field_exists((tp)->field) ? (tp)->field : 0)

static __always_inline bool hw_flag_is_set(const struct sock *sk, unsigned long flag)
{
	return sk->__sk_common.skc_flags >> flag & 1;
}

/* bytes_received counts the FIN as a byte; SOCK_DONE says that it came. */
static __always_inline __u64 hw_payload_received(const struct tcp_sock *tp)
{
	const struct sock *sk = (const struct sock *)tp;
	__u64 bytes = tp->bytes_received;

	return bytes && hw_flag_is_set(sk, bpf_core_enum_value(enum sock_flags, SOCK_DONE)) ? bytes - 1 : bytes;
}

/* First sequence numbers follow from the counters at any time (they are sums modulo 2^32). */
static __always_inline __u32 hw_own_isn(const struct tcp_sock *tp)
{
	return tp->snd_una - (__u32)tp->bytes_acked;
}

static __always_inline void hw_fill_isn(struct hw_record *record, const struct tcp_sock *tp)
{
	__u32 own = hw_own_isn(tp);
	__u32 peer = tp->rcv_nxt - 1 - (__u32)tp->bytes_received;

	/* A peer's own comes first: the reader puts the two in order. */
	if (record->side == HW_SIDE_CLIENT || record->side == HW_SIDE_PEER) {
		record->client_isn = own;
		record->server_isn = peer;
	} else if (record->side == HW_SIDE_SERVER) {
		record->client_isn = peer;
		record->server_isn = own - 1;
	}
}

static __always_inline void hw_fill_rtt(struct hw_record *record, const struct tcp_sock *tp)
{
	__u32 min_rtt_us = tp->rtt_min.s[0].v;

	record->srtt_us = tp->srtt_us >> 3;
	if (!record->srtt_us)
		return;
	record->rttvar_us = tp->mdev_us >> 2;
	record->min_rtt_us = min_rtt_us == HW_NO_RTT_MIN ? 0 : min_rtt_us;
}

/* TCP_ECN_OK or TCP_ECN_MODE_RFC3168; since Linux 6.18 TCP_ECN_MODE_ACCECN. Both while the handshake is under way. */
#define HW_ECN_RFC3168 1
#define HW_ECN_ACCURATE 16

static __always_inline __u8 hw_ecn(const struct tcp_sock *tp)
{
	__u8 mode = HW_COUNT_OF(tp, ecn_flags) & (HW_ECN_RFC3168 | HW_ECN_ACCURATE);

	return mode == HW_ECN_RFC3168 ? 1 : mode == HW_ECN_ACCURATE ? 2 : 0;
}

/* What the sender waits for, if for anything (enum tcp_chrono). */
enum hw_chrono {
	HW_CHRONO_NONE,
	HW_CHRONO_BUSY,
	HW_CHRONO_RWND,
	HW_CHRONO_SNDBUF,
};

static __always_inline __u8 hw_chrono(const struct tcp_sock *tp)
{
	return bpf_core_field_exists(tp->chrono_type) ? (__u8)BPF_CORE_READ_BITFIELD(tp, chrono_type) : HW_CHRONO_NONE;
}

/* In jiffies of 32 bits; the kernel adds a stretch only when it ends (tcp_get_info_chrono_stats does as is done here). */
static __always_inline void hw_fill_limits(struct hw_record *record, const struct tcp_sock *tp)
{
	__u64 busy;
	__u64 rwnd;
	__u64 sndbuf;
	__u8 chrono = hw_chrono(tp);

	if (!bpf_core_field_exists(tp->chrono_stat))
		return;
	busy = tp->chrono_stat[HW_CHRONO_BUSY - 1];
	rwnd = tp->chrono_stat[HW_CHRONO_RWND - 1];
	sndbuf = tp->chrono_stat[HW_CHRONO_SNDBUF - 1];
	if (chrono != HW_CHRONO_NONE) {
		__u32 stretch = (__u32)bpf_jiffies64() - tp->chrono_start;

		if (chrono == HW_CHRONO_BUSY)
			busy += stretch;
		else if (chrono == HW_CHRONO_RWND)
			rwnd += stretch;
		else
			sndbuf += stretch;
	}
	record->busy_us = (busy + rwnd + sndbuf) * hw_config.tick_us;
	record->rwnd_limited_us = rwnd * hw_config.tick_us;
	record->sndbuf_limited_us = sndbuf * hw_config.tick_us;
}

static __always_inline void hw_fill_counters(struct hw_record *record, const struct tcp_sock *tp)
{
	record->bytes_sent = tp->bytes_sent;
	record->bytes_retrans = tp->bytes_retrans;
	record->bytes_received = hw_payload_received(tp);
	record->segs_out = tp->segs_out;
	record->segs_in = tp->segs_in;
	record->data_segs_out = tp->data_segs_out;
	record->data_segs_in = tp->data_segs_in;
	record->retransmits = tp->total_retrans;
	record->tcp_header_len = tp->tcp_header_len;
	record->spurious_retrans = HW_COUNT_OF(tp, dsack_dups);
	record->reorderings = HW_COUNT_OF(tp, reord_seen);
	record->ce_packets = HW_COUNT_OF(tp, delivered_ce);
	record->ecn = hw_ecn(tp);
	hw_fill_limits(record, tp);
}

#endif
