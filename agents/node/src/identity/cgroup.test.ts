import { describe, expect, test } from 'vitest'
import { placeIn, serviceOfUnit } from './cgroup.js'

const A = 'a'.repeat(64)
const B = '0123456789abcdef'.repeat(4)
const POD = 'pod2f6c1b0e_5d2a_4c58_9d7e_1b3f0c8a7e11'

describe('containers', () => {
  test.each([
    ['docker, cgroupfs', `0::/docker/${A}\n`, A],
    ['docker, systemd', `0::/system.slice/docker-${A}.scope\n`, A],
    ['docker, version 1', `12:pids:/docker/${A}\n11:memory:/docker/${A}\n1:name=systemd:/docker/${A}\n0::/\n`, A],
    ['docker, version 1, one line only', `4:memory:/docker/${A}\n1:name=systemd:/\n`, A],
    ['docker, hybrid', `5:devices:/docker/${A}\n1:name=systemd:/docker/${A}\n0::/docker/${A}\n`, A],
    ['docker, rootless', `0::/user.slice/user-1000.slice/user@1000.service/user.slice/docker-${A}.scope\n`, A],
    [
      'containerd, systemd',
      `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-${POD}.slice/cri-containerd-${B}.scope\n`,
      B,
    ],
    ['containerd, cgroupfs', `0::/kubepods/besteffort/${POD}/${B}\n`, B],
    [
      'containerd held by its service',
      `0::/system.slice/containerd.service/kubepods-${POD}.slice:cri-containerd:${B}\n`,
      B,
    ],
    ['nerdctl', `0::/system.slice/nerdctl-${A}.scope\n`, A],
    ['a namespace of containerd', `0::/default/${A}\n`, A],
    ['CRI-O', `0::/kubepods.slice/kubepods-${POD}.slice/crio-${B}.scope/container\n`, B],
    ['podman, root', `0::/machine.slice/libpod-${A}.scope/container\n`, A],
    ['podman, cgroupfs', `0::/libpod_parent/libpod-${A}\n`, A],
    ['podman, user', `0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${A}.scope/container\n`, A],
    ['podman as a unit', `0::/system.slice/web.service/libpod-payload-${A}\n`, A],
    ['a container in a container', `12:pids:/kubepods/pod1/${A}\n0::/kubepods/pod1/${A}/${B}/init\n`, B],
    ['a private cgroup namespace', `0::/../${A}\n`, A],
    ['a private cgroup namespace, further up', `0::/../../${POD}/${A}\n`, A],
    ['one that was removed', `0::/system.slice/docker-${A}.scope (deleted)\n`, A],
  ])('%s', (_, text, container) => {
    expect(placeIn(text)).toEqual({ container, unit: '' })
  })

  test.each([
    ['65 digits', `0::/${A}a\n`],
    ['the monitor of CRI-O', `0::/kubepods.slice/kubepods-${POD}.slice/crio-conmon-${A}.scope\n`],
    ['the monitor of podman', `0::/machine.slice/libpod-conmon-${A}.scope\n`],
    ['a short id', '0::/docker/0123456789ab\n'],
    ['no path', 'nonsense\n0:\n::\n'],
    ['nothing', ''],
  ])('none in %s', (_, text) => {
    expect(placeIn(text)).toEqual({ container: '', unit: '' })
  })
})

describe('units', () => {
  test.each([
    ['a service', '0::/system.slice/nginx.service\n', 'nginx.service'],
    [
      'of version 1',
      '9:memory:/system.slice/nginx.service\n1:name=systemd:/system.slice/nginx.service\n',
      'nginx.service',
    ],
    ['hybrid, seen by version 2 alone', '1:name=systemd:/\n0::/system.slice/nginx.service\n', 'nginx.service'],
    ['systemd knows best', '9:pids:/x.service\n1:name=systemd:/system.slice/y.service\n0::/z.service\n', 'y.service'],
    ['a part of a service', '0::/system.slice/postgresql.service/payload/1\n', 'postgresql.service'],
    [
      'a template',
      '0::/system.slice/system-postgresql.slice/postgresql@15-main.service\n',
      'postgresql@15-main.service',
    ],
    [
      'an escaped name',
      '0::/system.slice/systemd-fsck@dev-disk\\x2d1.service\n',
      'systemd-fsck@dev-disk\\x2d1.service',
    ],
    ['a name like an attribute', '0::/system.slice/_cpu.service\n', 'cpu.service'],
    ['a service of a user', '0::/user.slice/user-1000.slice/user@1000.service/app.slice/mpd.service\n', 'mpd.service'],
    ['dockerd itself', '0::/system.slice/docker.service\n', 'docker.service'],
    ['a private cgroup namespace', '0::/../../system.slice/nginx.service\n', 'nginx.service'],
    ['one that was removed', '0::/system.slice/nginx.service (deleted)\n', 'nginx.service'],
  ])('%s', (_, text, unit) => {
    expect(placeIn(text)).toEqual({ container: '', unit })
  })

  test.each([
    ['a session', '0::/user.slice/user-1000.slice/session-3.scope\n'],
    ['the manager of a user', '0::/user.slice/user-1000.slice/user@1000.service/init.scope\n'],
    ['an application of a user', '0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox-12.scope\n'],
    ['init', '0::/init.scope\n'],
    ['a scope', '0::/system.slice/run-r0123.scope\n'],
    ['a slice', '0::/system.slice\n'],
    ['the root', '0::/\n'],
  ])('none for %s', (_, text) => {
    expect(placeIn(text)).toEqual({ container: '', unit: '' })
  })

  test('one in a container is its own, one around it or beside it merely holds it', () => {
    expect(placeIn(`0::/machine.slice/libpod-${A}.scope/system.slice/nginx.service\n`)).toEqual({
      container: A,
      unit: 'nginx.service',
    })
    expect(placeIn(`0::/system.slice/containerd.service/kubepods/pod1/${A}\n`)).toEqual({ container: A, unit: '' })
    expect(placeIn(`4:memory:/kubepods/pod1/${A}\n1:name=systemd:/system.slice/crio.service\n`)).toEqual({
      container: A,
      unit: '',
    })
  })

  test('a hostile one is made safe and cut', () => {
    expect(placeIn('0::/system.slice/a\u202e\u001bb.service\n').unit).toBe('a\ufffd\ufffdb.service')
    expect(placeIn(`0::/${'x'.repeat(500)}.service\n`).unit).toHaveLength(253)
    expect(placeIn(`0::/${'x/'.repeat(1e6)}nginx.service\n`).unit).toBe('')
  })

  test.each([
    ['nginx.service', 'nginx'],
    ['postgresql@15-main.service', 'postgresql@15-main'],
    [`${'x'.repeat(200)}.service`, 'x'.repeat(128)],
  ])('service of %s', (unit, service) => {
    expect(serviceOfUnit(unit)).toBe(service)
  })
})
