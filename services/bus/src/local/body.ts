import type { IncomingMessage } from 'node:http'
import { BusError } from '@headwater/contracts'

/** The body of a request whose length was announced and admitted. @throws BusError where it ends early */
export async function readBody(request: IncomingMessage, length: number): Promise<Uint8Array> {
  // Exactly one buffer of its own, 8-byte aligned, so that the Arrow columns can be views over it.
  const body = new Uint8Array(length)
  let at = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      body.set(chunk, at)
      at += chunk.length
    }
  } catch (cause) {
    throw new BusError('unavailable', `the connection broke after ${at} of ${length} bytes`, { cause })
  }
  if (at !== length) throw new BusError('misconfigured', `${at} bytes where ${length} were announced`)
  return body
}

/** Reads what is left of a body and drops it: a client that is still sending would miss an answer given before. */
export async function discard(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) return
  await new Promise((resolve) => request.once('end', resolve).once('close', resolve).resume())
}
