import { RecordFlag, type Side } from '@headwater/native'
import type { FlowBuffer } from '../columns/flow-buffer.js'
import type { Owner } from '../identity/owners.js'
import { byteAt, type RecordView, setWide, shortAt, wordAt } from './record-view.js'
import { ownerSourceNames, sideNames, sideSourceNames } from './side.js'

interface Sides {
  side: Side
  sideSource: number
  partial: boolean
}

/** Writes columns of one row of a conversation: what flows of TCP have too, and write block by block. */
export class RowWriter {
  constructor(private readonly buffer: FlowBuffer) {}

  writeEnds(view: RecordView, i: number, row: number, role: Sides): void {
    const { scalars, strings, words } = this.buffer
    scalars.netns[row] = wordAt(view.netns, i)
    scalars.local_port[row] = shortAt(view.localPort, i)
    scalars.remote_port[row] = shortAt(view.remotePort, i)
    const { localIp, remoteIp } = view
    const from = localIp.first + i * localIp.step
    const to = remoteIp.first + i * remoteIp.step
    for (let w = 0; w < 4; w++) {
      words.local_ip[row * 4 + w] = localIp.words[from + w]!
      words.remote_ip[row * 4 + w] = remoteIp.words[to + w]!
    }
    strings.transport.set(row, 'udp')
    strings.protocol_hint.set(row, (byteAt(view.flags, i) & RecordFlag.Quic) !== 0 ? 'quic' : '')
    strings.side.set(row, sideNames[role.side] ?? '')
    strings.side_source.set(row, sideSourceNames[role.sideSource] ?? '')
    scalars.partial[row] = role.partial ? 1 : 0
  }

  writeOwner(owner: Owner, row: number): void {
    const { scalars, strings, words } = this.buffer
    scalars.pid[row] = owner.pid
    scalars.uid[row] = owner.uid
    scalars.owner_uncertain[row] = owner.uncertain ? 1 : 0
    words.cgroup_id[row * 2] = owner.cgroupLo
    words.cgroup_id[row * 2 + 1] = owner.cgroupHi
    const { identity } = owner
    const { container } = identity
    strings.process.set(row, identity.process)
    strings.comm.set(row, owner.comm)
    strings.container_id.set(row, container.id)
    strings.container_name.set(row, container.name)
    strings.container_image.set(row, container.image)
    setWide(words.process_start, row, identity.start)
    strings.unit.set(row, identity.unit)
    strings.local_namespace.set(row, identity.namespace)
    strings.local_service.set(row, identity.service)
    strings.service_source.set(row, identity.serviceSource)
    strings.owner_source.set(row, ownerSourceNames[owner.source] ?? '')
  }
}
