const IPV4_HEADER = 20
const IPV6_HEADER = 40
/** A TCP header without options; what a record without a header length (0) is taken for. */
const TCP_HEADER = 20

/**
 * Header bytes of one segment at L3: IP header without options (a v4-mapped socket speaks IPv4) and the TCP header that the
 * socket uses once established (timestamps included).
 *
 * An estimate: SYN options, SACK blocks and extension headers are left out, segments of the reset and TIME_WAIT that no socket
 * owns too, and of retransmitted payload only what this end sent is known.
 */
export function headerBytes(ipv4OnWire: boolean, tcpHeaderBytes: number): number {
  return (ipv4OnWire ? IPV4_HEADER : IPV6_HEADER) + Math.max(tcpHeaderBytes, TCP_HEADER)
}
