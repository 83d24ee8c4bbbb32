import type { DnsGroup } from '@headwater/contracts'

/** What came of a question, in a word. */
export const answerOf = ({ rcode }: Pick<DnsGroup, 'rcode'>): string =>
  rcode === null || rcode === '' ? 'no answer' : rcode === 'NOERROR' ? 'ok' : rcode

/** Failed ones first, then by how often they were asked. */
export const worstFirst = (groups: readonly DnsGroup[]): DnsGroup[] =>
  [...groups].sort((a, b) => b.failures - a.failures || b.questions - a.questions)
