import { createServer, type Server, type Socket } from 'node:net'
import { breakOff } from './break-off.js'
import { readCommand } from './cache-wire.js'
import type { Serving } from './server.js'

/** Most bytes of a command that is not whole yet. */
const MAX_COMMAND = 65_536

export function cacheServer({ spec, work, resets, watched }: Serving): Server {
  const value = `$${spec.answerBytes}\r\n${'v'.repeat(spec.answerBytes)}\r\n`
  const answer = async (socket: Socket, words: string[]) => {
    if (words[0] === 'HELLO') {
      const end = watched.get(socket)
      if (end !== undefined) end.peer = words[1] ?? ''
      socket.write('+OK\r\n')
      return
    }
    await work()
    socket.write(value)
  }
  return createServer({ noDelay: true }, (socket) => {
    let rest: Buffer = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      if (resets()) return breakOff(socket, watched.get(socket))
      rest = Buffer.concat([rest, chunk])
      try {
        for (let command = readCommand(rest); command !== undefined; command = readCommand(rest)) {
          rest = rest.subarray(command.length)
          void answer(socket, command.words)
        }
        if (rest.length > MAX_COMMAND) throw new Error('command too long')
      } catch (error) {
        socket.destroy(error as Error)
      }
    })
  })
}
