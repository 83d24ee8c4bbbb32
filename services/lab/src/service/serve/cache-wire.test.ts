import { describe, expect, it } from 'vitest'
import { encodeCommand, readCommand, readReply } from './cache-wire.js'

describe('a command', () => {
  const command = Buffer.from(encodeCommand('GET', 'Zürich'))
  it('is read as it was written', () =>
    expect(readCommand(command)).toEqual({ words: ['GET', 'Zürich'], length: command.length }))
  it('is waited for until it is whole', () => {
    for (let n = 0; n < command.length; n++) expect(readCommand(command.subarray(0, n))).toBeUndefined()
  })
  it('is read alone where several come', () =>
    expect(readCommand(Buffer.concat([command, command]))?.length).toBe(command.length))
  it.each(['GET\r\n', '*x\r\n', '*1\r\n+3\r\n', '*9999999\r\n'])('is not %j', (text) =>
    expect(() => readCommand(Buffer.from(text))).toThrow(/no command/),
  )
})

describe('a reply', () => {
  it.each([
    ['+OK\r\n', 5],
    ['$3\r\nabc\r\n+', 9],
    ['$3\r\nab', 0],
    ['$3', 0],
    ['', 0],
  ])('%j takes %d bytes', (text, length) => expect(readReply(Buffer.from(text))).toBe(length))
})
