const IPV4_HEADER = 20
const IPV6_HEADER = 40
/** A TCP header without options; what a record without a header length (0) is taken for. */
const TCP_HEADER = 20

/**
 * Header bytes of one segment at L3: IP header without options (a v4-mapped socket speaks IPv4) and the TCP header that the
 * socket uses once established (timestamps included).
 *
 * An estimate: SACK blocks and extension headers are left out, segments of the reset and TIME_WAIT that no socket owns too, and of
 * retransmitted payload only what this end sent is known.
 */
export function headerBytes(ipv4OnWire: boolean, tcpHeaderBytes: number): number {
  return (ipv4OnWire ? IPV4_HEADER : IPV6_HEADER) + Math.max(tcpHeaderBytes, TCP_HEADER)
}

/**
 * What the header of a SYN has beyond that of later segments, for options that Linux sends there alone: MSS, SACK permitted and window
 * scale, 8 bytes beside timestamps and 12 without (net/ipv4/tcp_output.c, tcp_syn_options).
 */
export const synBytes = (tcpHeaderBytes: number): number => (tcpHeaderBytes > TCP_HEADER ? 8 : 12)
