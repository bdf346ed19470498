import { describe, expect, test } from '@jest/globals'
import { Deduplicator, type RedeliveryReason } from '../../src/pubsub/deduplication.ts'

/** Runs that end when the test says so, with what came of each delivery. */
class Runs {
  started = 0
  repeated = 0
  readonly #deliveries = new Deduplicator()
  readonly #ends: {
    resolve: (reason: RedeliveryReason) => void
    reject: (error: Error) => void
  }[] = []

  deliver(messageId: string | null): Promise<RedeliveryReason> {
    const run = () => {
      this.started += 1
      return new Promise<RedeliveryReason>((resolve, reject) =>
        this.#ends.push({ resolve, reject }),
      )
    }
    return this.#deliveries.once(messageId, { run, repeated: () => void (this.repeated += 1) })
  }

  /** Ends the run that has gone on for the longest time. */
  end(reason: RedeliveryReason | Error): void {
    const end = this.#ends.shift()
    if (reason instanceof Error) end?.reject(reason)
    else end?.resolve(reason)
  }
}

describe('Deduplicator', () => {
  test('once() runs a message once when it arrives again during its run', async () => {
    const runs = new Runs()
    const both = [runs.deliver('a'), runs.deliver('a')]
    runs.end(null)
    expect(await Promise.all(both)).toEqual([null, null])
    expect([runs.started, runs.repeated]).toEqual([1, 1])
  })

  test('once() runs a message once when it arrives again later', async () => {
    const runs = new Runs()
    const first = runs.deliver('a')
    runs.end(null)
    expect([await first, await runs.deliver('a')]).toEqual([null, null])
    expect([runs.started, runs.repeated]).toEqual([1, 1])
  })

  test('once() returns the same reason for both deliveries when the run is to be retried', async () => {
    const runs = new Runs()
    const both = [runs.deliver('a'), runs.deliver('a')]
    runs.end('the server sleeps')
    expect(await Promise.all(both)).toEqual(['the server sleeps', 'the server sleeps'])
  })

  test('once() runs a message again after a retryable failure', async () => {
    const runs = new Runs()
    const first = runs.deliver('a')
    runs.end('the server sleeps')
    await first
    const second = runs.deliver('a')
    runs.end(null)
    expect(await second).toBe(null)
    expect([runs.started, runs.repeated]).toEqual([2, 0])
  })

  test('once() runs a message again after its run threw', async () => {
    const runs = new Runs()
    const first = runs.deliver('a')
    runs.end(new Error('broken'))
    await expect(first).rejects.toThrow('broken')
    const second = runs.deliver('a')
    runs.end(null)
    expect(await second).toBe(null)
    expect(runs.started).toBe(2)
  })

  test('once() runs every message with another id or without an id', async () => {
    const runs = new Runs()
    const all = ['a', 'b', null, null].map((id) => runs.deliver(id))
    all.forEach(() => runs.end(null))
    await Promise.all(all)
    expect([runs.started, runs.repeated]).toEqual([4, 0])
  })

  test('once() forgets the oldest messages beyond a thousand', async () => {
    const runs = new Runs()
    for (let id = 0; id <= 1000; id += 1) {
      const run = runs.deliver(String(id))
      runs.end(null)
      await run
    }
    await runs.deliver('1')
    expect([runs.started, runs.repeated]).toEqual([1001, 1])
    const again = runs.deliver('0')
    runs.end(null)
    await again
    expect([runs.started, runs.repeated]).toEqual([1002, 1])
  })
})
