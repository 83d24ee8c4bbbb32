import { expect, it } from 'vitest'
import { mayLoadPrograms } from './capabilities.js'
import { parsePasswd } from './user.js'

it('reads accounts', () => {
  const text = 'root:x:0:0:root:/root:/bin/bash\nheadwater:x:998:997::/nonexistent:/usr/sbin/nologin\nbroken\n+::::::\n'
  expect(parsePasswd(text)).toEqual([
    { name: 'root', uid: 0, gid: 0 },
    { name: 'headwater', uid: 998, gid: 997 },
  ])
})

it.each([
  ['000001ffffffffff', true],
  ['0000000000000000', false],
  // CAP_SYS_ADMIN alone; CAP_BPF alone; CAP_BPF and CAP_PERFMON
  ['0000000000200000', true],
  ['0000008000000000', false],
  ['000000c000000000', true],
])('CapEff %s may load programs: %s', (bits, may) => {
  expect(mayLoadPrograms(`Name:\tnode\nCapEff:\t${bits}\n`)).toBe(may)
})
