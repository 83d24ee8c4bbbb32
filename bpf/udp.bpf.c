// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * UDP conversations, at the packets of sockets: on the way out in the sender's context, on the way in before the socket's queue.
 * Packets of TCP leave at once. What a packet costs beside: one look-up and three additions.
 */
#include "conversation.h"
#include "dns_copy.h"
#include "fragments.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Each verdict is to let the packet pass. */
#define PASS 1

/*
 * include/uapi/linux/netfilter/nf_conntrack_common.h: which address of who spoke first is translated. The answers' are so the other way
 * round. The pointer's low bits tell which of both a packet is (enum ip_conntrack_info).
 */
#define IPS_SRC_NAT (1UL << 4)
#define IPS_DST_NAT (1UL << 5)
#define IP_CT_IS_REPLY 3
#define NFCT_POINTER (~7UL)

/* Whether the packet's destination is translated. */
static __always_inline bool is_translated(struct __sk_buff *skb)
{
	const struct sk_buff *packet = (const struct sk_buff *)skb;
	const struct nf_conn *connection;
	unsigned long tracked;

	/* IPVS translates by itself, and may do so without connection tracking. */
	if (bpf_core_field_exists(packet->ipvs_property) && BPF_CORE_READ_BITFIELD_PROBED(packet, ipvs_property))
		return true;
	if (!bpf_core_field_exists(packet->_nfct))
		return false;
	tracked = BPF_CORE_READ(packet, _nfct);
	connection = (const struct nf_conn *)(tracked & NFCT_POINTER);
	if (!connection)
		return false;
	/* Without its type it is not known: then a connected socket's datagrams are taken for its peer's. */
	if (!bpf_core_field_exists(connection->status))
		return true;
	return BPF_CORE_READ(connection, status) & ((tracked & ~NFCT_POINTER) < IP_CT_IS_REPLY ? IPS_DST_NAT : IPS_SRC_NAT);
}

static __always_inline bool is_same(const struct hw_conversation_key *key, const struct hw_datagram *datagram)
{
	const __u64 *peer = (const __u64 *)key->peer;
	const __u64 *destination = (const __u64 *)datagram->destination;

	return key->port == datagram->destination_port && peer[0] == destination[0] && peer[1] == destination[1];
}

static __always_inline void key_of_packet(struct hw_conversation_key *key, const struct hw_datagram *datagram, bool sends)
{
	key->port = sends ? datagram->destination_port : datagram->source_port;
	__builtin_memcpy(key->peer, sends ? datagram->destination : datagram->source, HW_ADDRESS_BYTES);
}

/*
 * A connected socket's peer is the one that the application named, also where an address is translated on the way out and back;
 * otherwise the packet's: that of a socket that is not connected, or of a datagram that sendto() has sent elsewhere.
 */
static __always_inline void key_of(struct hw_conversation_key *key, struct __sk_buff *skb, const struct bpf_sock *sk,
				   const struct hw_datagram *datagram, bool sends)
{
	__u16 port = bpf_ntohs((__be16)sk->dst_port);

	key->cookie = bpf_get_socket_cookie(skb);
	if (!port) {
		key_of_packet(key, datagram, sends);
		return;
	}
	key->port = port;
	if (skb->protocol == bpf_htons(HW_ETH_P_IP)) {
		hw_map_v4(key->peer, sk->dst_ip4);
	} else {
		__u32 words[4] = { sk->dst_ip6[0], sk->dst_ip6[1], sk->dst_ip6[2], sk->dst_ip6[3] };

		__builtin_memcpy(key->peer, words, sizeof(words));
	}
	if (sends && !is_same(key, datagram) && !is_translated(skb))
		key_of_packet(key, datagram, sends);
}

/* Several datagrams may travel as one packet (UDP_SEGMENT, UDP_GRO); on the wire each has its headers. */
static __always_inline void add(__u64 *packets, __u64 *bytes, __u64 *wire, struct __sk_buff *skb, __u32 headers, bool sends)
{
	__u64 segments = skb->gso_segs > 1 ? skb->gso_segs : 1;

	__sync_fetch_and_add(packets, segments);
	__sync_fetch_and_add(bytes, skb->len - headers);
	__sync_fetch_and_add(wire, skb->len + (segments - 1) * headers +
					   hw_fragment_headers(skb, headers - HW_UDP_HEADER, sends));
}

static __always_inline void on_datagram(struct __sk_buff *skb, __u32 at, bool sends)
{
	struct bpf_sock *sk = skb->sk;
	struct hw_conversation_key key = {};
	struct hw_conversation *conversation;
	struct hw_datagram datagram;

	if (!sk || !hw_read_datagram(skb, at, &datagram))
		return;
	key_of(&key, skb, sk, &datagram, sends);
	conversation = bpf_map_lookup_elem(&hw_conversations, &key);
	if (!conversation)
		conversation = hw_begin(skb, &key, &datagram, sends);
	if (!conversation)
		return;
	if (sends) {
		if (conversation->owner_source != HW_OWNER_SOURCE_FIRST_IO)
			hw_own_by_sender(conversation);
		add(&conversation->tx_packets, &conversation->tx_bytes, &conversation->tx_wire, skb, datagram.headers, true);
	} else {
		add(&conversation->rx_packets, &conversation->rx_bytes, &conversation->rx_wire, skb, datagram.headers, false);
	}
	if (key.port == HW_DNS_PORT && hw_config.dns)
		hw_copy_dns(skb, &key, conversation, datagram.headers, !sends);
}

SEC("cgroup_skb/egress")
int hw_udp_egress(struct __sk_buff *skb)
{
	__u32 at = hw_udp_at(skb);

	if (at)
		on_datagram(skb, at, true);
	return PASS;
}

SEC("cgroup_skb/ingress")
int hw_udp_ingress(struct __sk_buff *skb)
{
	__u32 at = hw_udp_at(skb);

	if (at)
		on_datagram(skb, at, false);
	return PASS;
}
