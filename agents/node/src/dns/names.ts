import { rcodes } from '@headwater/contracts/producer'

/** Types of questions as they are usually called; others are TYPE and their number (RFC 3597). */
const types: Record<number, string> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  13: 'HINFO',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  35: 'NAPTR',
  39: 'DNAME',
  43: 'DS',
  46: 'RRSIG',
  47: 'NSEC',
  48: 'DNSKEY',
  52: 'TLSA',
  64: 'SVCB',
  65: 'HTTPS',
  251: 'IXFR',
  252: 'AXFR',
  255: 'ANY',
  257: 'CAA',
}

export const typeName = (type: number): string => types[type] ?? `TYPE${type}`
export const rcodeName = (rcode: number): string => rcodes[rcode] ?? `RCODE${rcode}`
