import { setTimeout as wait } from 'node:timers/promises'
import { type BusConsumer, BusError, type BusProducer, MAX_MESSAGE_BYTES } from '@headwater/contracts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { publishUntilTaken, TestMessages, until } from './support.js'

/** One place on a bus: what is published there by any of its producers reaches its consumers. */
export interface BusPlace {
  producer(): BusProducer
  /** Consumers of one place are of one group. */
  consumer(): BusConsumer
  close(): Promise<void>
}

const numbers = (n: number): string[] => Array.from({ length: n }, (_, i) => String(i))

/** What both buses promise. */
export function busContract(name: string, open: () => Promise<BusPlace>): void {
  describe(`${name}: the contract of the bus`, () => {
    let place: BusPlace
    let test: TestMessages
    const ends: { stop(): Promise<void> }[] = []

    async function producer(): Promise<BusProducer> {
      const made = place.producer()
      ends.push(made)
      await made.start()
      return made
    }

    async function consumer(...args: Parameters<TestMessages['handler']>): Promise<BusConsumer> {
      const made = place.consumer()
      ends.push(made)
      await made.start(test.handler(...args))
      return made
    }

    beforeEach(async () => {
      place = await open()
      test = new TestMessages()
    })

    afterEach(async () => {
      for (const end of ends.splice(0).reverse()) await end.stop()
      await place.close()
    })

    it('keeps the order of each key, within a publish and between publishes', async () => {
      await consumer()
      const bus = await producer()
      for (let from = 0; from < 60; from += 6)
        await publishUntilTaken(
          bus,
          numbers(6).map((n) => test.make(`key ${Number(n) % 2}`, String(from + Number(n)))),
        )
      await until('60 received', () => test.distinct().length >= 60)
      // At least once: what came again is left out, the order of the rest must hold.
      expect(test.distinct('key 0')).toEqual(numbers(60).filter((n) => Number(n) % 2 === 0))
      expect(test.distinct('key 1')).toEqual(numbers(60).filter((n) => Number(n) % 2 === 1))
    })

    it('carries every byte, key and header as it was', async () => {
      await consumer()
      const bus = await producer()
      const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 7) & 255)
      const headers = { 'headwater-instance': 'a-b', 'Name: x\r\n': 'größe\r\n☃', empty: '' }
      await publishUntilTaken(bus, [test.make('schlüssel\n%20"', bytes, headers), test.make('', new Uint8Array(0))])
      await until('2 received', () => test.received.length >= 2)
      const [first, second] = test.received.sort((a, b) => b.value.length - a.value.length)
      expect(Buffer.compare(first!.value, bytes)).toBe(0)
      expect(first!.value.byteOffset % 8).toBe(0)
      expect(first!.headers).toEqual(headers)
      expect(first!.key).toBe(`${test.run} schlüssel\n%20"`)
      expect([second!.value.length, second!.headers]).toEqual([0, {}])
      expect(Math.abs(first!.timestamp - Date.now())).toBeLessThan(60_000)
    })

    it('delivers again after the handler failed, in order, and goes on', async () => {
      let failures = 0
      await consumer(async () => {
        if (failures++ < 2) throw new Error('the store is away')
      })
      const bus = await producer()
      await publishUntilTaken(bus, [test.make('a', '0'), test.make('a', '1')])
      await publishUntilTaken(bus, [test.make('a', '2')])
      await until('3 received', () => test.received.length >= 3)
      expect(test.distinct()).toEqual(['0', '1', '2'])
      expect(failures).toBeGreaterThan(2)
    })

    it('hands what one consumer did not finish to the next, and what it finished to nobody', async () => {
      const bus = await producer()
      const first = await consumer(async ([message]) => {
        if (new TextDecoder().decode(message?.value) !== 'done') throw new BusError('unavailable', 'not durable')
      })
      await publishUntilTaken(bus, [test.make('a', 'done')])
      await until('the first', () => test.received.length > 0)
      let taken = false
      const published = publishUntilTaken(bus, [test.make('a', 'left')]).then(() => {
        taken = true
      })
      await wait(300)
      await first.stop()
      expect(test.texts()).toEqual(['done'])
      await consumer()
      await until('the second', () => test.received.length > 1 && taken)
      await published
      expect(test.texts()).toEqual(['done', 'left'])
    })

    it('loses nothing where the consumer comes later', async () => {
      const bus = await producer()
      const published = publishUntilTaken(bus, [test.make('a', '0'), test.make('a', '1')])
      await wait(300)
      await consumer()
      await published
      await until('2 received', () => test.received.length >= 2)
      expect(test.distinct()).toEqual(['0', '1'])
    })

    it('waits as long as a full consumer asks for', async () => {
      const calls: number[] = []
      await consumer(async () => {
        calls.push(Date.now())
        if (calls.length < 3) throw new BusError('backpressure', 'full', { retryAfterMs: 150 })
      })
      const bus = await producer()
      await publishUntilTaken(bus, [test.make('a', '0')])
      await until('received', () => test.received.length >= 1)
      expect(calls[1]! - calls[0]!).toBeGreaterThanOrEqual(149)
      expect(calls[2]! - calls[1]!).toBeGreaterThanOrEqual(149)
    })

    it('refuses a message that is too large, and takes the next', async () => {
      await consumer()
      const bus = await producer()
      const huge = test.make('a', new Uint8Array(MAX_MESSAGE_BYTES + 1))
      await expect(bus.publish([huge])).rejects.toMatchObject({ name: 'BusError', code: 'too-large', retryable: false })
      const noise = Uint8Array.from({ length: MAX_MESSAGE_BYTES }, () => Math.random() * 256)
      await publishUntilTaken(bus, [test.make('a', noise)])
      await until('received', () => test.received.length >= 1)
      expect(Buffer.compare(test.received[0]!.value, noise)).toBe(0)
    })

    it('stops only after the handler under way has ended', async () => {
      let running = false
      const taking = await consumer(async () => {
        running = true
        await wait(400)
        running = false
      })
      const bus = await producer()
      const published = publishUntilTaken(bus, [test.make('a', '0')])
      await until('the handler runs', () => running)
      await taking.stop()
      expect(running).toBe(false)
      expect(test.texts()).toEqual(['0'])
      await published
      // Committed: the next consumer does not get it again.
      await consumer()
      await publishUntilTaken(bus, [test.make('a', '1')])
      await until('the next', () => test.received.length >= 2)
      expect(test.texts()).toEqual(['0', '1'])
    })

    it('says that it is stopped', async () => {
      const bus = await producer()
      await bus.stop()
      await expect(bus.publish([test.make('a', '0')])).rejects.toMatchObject({ code: 'stopped' })
    })
  })
}
