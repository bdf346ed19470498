import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { OversizeMessageFilter, readOversized } from '../../src/jupyter/oversize_filter.ts'
import { textFrame } from '../support/fake_frame.ts'
import { v1Frame } from '../support/fake_v1_frame.ts'
import { fuzzOptions } from '../support/fuzz_runs.ts'

const handshake = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n'
const maxBytes = 300

/** A frame as a server sends it: unmasked. */
function frame(size: number, first = 0x81): Buffer {
  const header = Buffer.alloc(size > 65_535 ? 10 : size > 125 ? 4 : 2)
  header[0] = first
  header[1] = header.length === 10 ? 127 : header.length === 4 ? 126 : size
  if (header.length === 4) header.writeUInt16BE(size, 2)
  if (header.length === 10) header.writeBigUInt64BE(BigInt(size), 2)
  return Buffer.concat([header, Buffer.alloc(size, 'abcdefghij')])
}

/** Sifts the bytes in pieces that end at these places: what goes on, and the sizes left out. */
function sift(bytes: Buffer, ends: readonly number[]) {
  const dropped: number[] = []
  const filter = new OversizeMessageFilter(maxBytes, (_, size) => dropped.push(size))
  const places = [0, ...ends.filter((end) => end < bytes.length), bytes.length]
  const parts = places
    .toSorted((a, b) => a - b)
    .flatMap((end, n, all) => filter.write(bytes.subarray(all[n - 1] ?? 0, end)))
  return { passed: Buffer.concat([...parts, filter.end()]), dropped }
}

describe('FrameSieve', () => {
  test('sift() leaves out messages that are too long, however they are split into chunks', () => {
    const sizes = fc.array(fc.constantFrom(0, 1, 125, 126, 300, 301, 5_000, 65_535, 70_000))
    const firsts = fc.constantFrom(0x81, 0x82)
    const ends = fc.array(fc.nat(200_000), { maxLength: 60 })
    fc.assert(
      fc.property(sizes, firsts, ends, (all, first, cuts) => {
        const bytes = Buffer.concat([Buffer.from(handshake), ...all.map((n) => frame(n, first))])
        const kept = all.filter((n) => n <= maxBytes).map((n) => frame(n, first))
        const { passed, dropped } = sift(bytes, cuts)
        expect(passed.equals(Buffer.concat([Buffer.from(handshake), ...kept]))).toBe(true)
        expect(dropped).toEqual(all.filter((n) => n > maxBytes))
      }),
      fuzzOptions(100),
    )
  })

  test('sift() returns the beginning of each message that it leaves out', () => {
    const heads: string[] = []
    const filter = new OversizeMessageFilter(maxBytes, (head) => heads.push(head.toString()))
    filter.write(Buffer.from(handshake))
    for (const byte of frame(5_000)) filter.write(Buffer.from([byte]))
    expect(heads).toEqual([
      frame(5_000)
        .subarray(4, 4 + 4_096)
        .toString(),
    ])
  })

  test.each([
    { name: 'fragments', bytes: Buffer.concat([frame(500, 0x01), frame(500, 0x80)]) },
    { name: 'pings', bytes: frame(500, 0x89) },
  ])('sift() lets $name pass, whatever their length', ({ bytes }) => {
    const all = Buffer.concat([Buffer.from(handshake), bytes])
    expect(sift(all, [70, 80]).passed.equals(all)).toBe(true)
  })

  test.each(['HTTP/1.1 403 Forbidden\r\n\r\n', 'SSH-2.0-OpenSSH_9.2\r\n', '', '\r\n\r\n'])(
    'sift() changes nothing when the server says %j',
    (text) => {
      const bytes = Buffer.concat([Buffer.from(text), frame(70_000)])
      expect(sift(bytes, [3, 90]).passed.equals(bytes)).toBe(true)
    },
  )

  test('sift() never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), fc.array(fc.nat(5_000)), (noise, cuts) => {
        const bytes = Buffer.concat([Buffer.from(handshake), noise])
        expect(sift(bytes, cuts).passed.length).toBeLessThanOrEqual(bytes.length)
      }),
      fuzzOptions(100),
    )
  })
})

const message = {
  type: 'stream',
  content: { name: 'stdout', text: '"parent_header": {"msg_id": "forged"}' },
  parent: { msg_id: 'request-1', session: 'ours' },
  session: 'of-the-kernel',
}
const oversizedFrame = textFrame(message)

describe('readOversized()', () => {
  test.each([
    { name: 'as it is', text: oversizedFrame },
    { name: 'with blanks, as Python writes it', text: oversizedFrame.replaceAll('":', '": ') },
    { name: 'cut off', text: oversizedFrame.slice(0, oversizedFrame.indexOf('"content"') + 20) },
  ])('names the request and type of a dropped message, $name', ({ text }) => {
    expect(readOversized(Buffer.from(text), 60_000_000)).toMatchObject({
      type: 'oversized',
      name: 'stream',
      bytes: 60_000_000,
      parentId: 'request-1',
      session: 'of-the-kernel',
    })
  })

  test.each([
    { name: 'whole', head: v1Frame(message) },
    { name: 'cut off', head: v1Frame(message, [Buffer.alloc(5000)]).subarray(0, 4096) },
  ])('readOversized() reads it in protocol v1 too, $name', ({ head }) => {
    expect(readOversized(head, 60_000_000)).toMatchObject({
      name: 'stream',
      parentId: 'request-1',
      session: 'of-the-kernel',
    })
  })

  test.each(['', 'noise', '{"parent_header": {}}'])(
    'readOversized() reads nothing in %j',
    (text) => {
      const nothing = { type: 'oversized', name: '', parentId: null, session: null }
      expect(readOversized(Buffer.from(text), 60_000_000)).toMatchObject(nothing)
    },
  )
})
