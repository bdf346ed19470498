import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import type { CellOutput, RunEvent } from '../../src/events.ts'
import { holdPartialSecrets } from '../../src/redaction/redacting_sink.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'

const token = 'abra/cad+abra'
const redactor = createRedactor([token, `${token}-the-second`])

function piece(
  text: string,
  { index = 0, name = 'stdout' }: { index?: number; name?: 'stdout' | 'stderr' } = {},
): CellOutput {
  const cell = { index, id: null, source: '' }
  return { type: 'cell_output', cell, output: { output_type: 'stream', name, text } }
}

/** What is told of these events, each list before the next event has come. */
async function toldOf(events: readonly RunEvent[]): Promise<readonly (readonly string[])[]> {
  const told: string[][] = []
  async function* coming() {
    for (const event of events) {
      told.push([])
      yield event
    }
  }
  for await (const event of holdPartialSecrets(coming(), redactor)) told.at(-1)?.push(shown(event))
  return told
}

function shown(event: RunEvent): string {
  if (event.type !== 'cell_output' || event.output.output_type !== 'stream') return event.type
  return redactor.text(event.output.text)
}

const end: RunEvent = { type: 'warning', message: 'the end' }

/** How many characters are searched, and what is shown, of a secret printed line by line. */
async function printedByLines(lineCount: number) {
  const lines = Array.from({ length: lineCount }, () => `${randomBytes(32).toString('hex')}\n`)
  const masking = createRedactor([lines.join('')])
  let searched = 0
  const partialSecretStart: typeof masking.partialSecretStart = (text, isContinued) => {
    searched += text.length
    return masking.partialSecretStart(text, isContinued)
  }
  async function* coming() {
    yield piece('before\n')
    for (const line of lines) yield piece(line)
    yield piece('after\n')
    yield end
  }
  let shownText = ''
  for await (const event of holdPartialSecrets(coming(), { partialSecretStart })) {
    if (event.type !== 'cell_output' || event.output.output_type !== 'stream') continue
    shownText += masking.text(event.output.text)
  }
  return { searched, shownText }
}

describe('heldBack()', () => {
  const written = {
    'as it is': token,
    'for a URL': encodeURIComponent(token),
    'in base64': Buffer.from(token).toString('base64'),
    'in hex': Buffer.from(token).toString('hex').toUpperCase(),
    'with a longer one that begins alike': `${token}-the-second`,
  }
  test.each(Object.entries(written))('lets no piece of a secret through: %s', async (_, secret) => {
    const text = `before ${secret} after`
    for (let first = 0; first <= text.length; first++) {
      for (let second = first; second <= text.length; second++) {
        const cuts = [text.slice(0, first), text.slice(first, second), text.slice(second)]
        const told = (await toldOf([...cuts.map((each) => piece(each)), end])).flat()
        // What base64 ends in may be told: it holds less than a byte.
        expect(told.join('')).toMatch(/^before \[redacted\]\w?=* afterwarning$/)
      }
    }
  })

  test('tells at once what cannot be the beginning of one, and a secret that is whole', async () => {
    expect(await toldOf([piece('50 %'), piece(`\r100 % ${token}\n`)])).toEqual([
      ['50 %'],
      ['\r100 % [redacted]\n'],
    ])
  })

  test('tells with the next event what was none', async () => {
    expect(await toldOf([piece('an ab'), end, piece('ra')])).toEqual([
      ['an '],
      ['ab', 'warning'],
      ['r', 'a'],
    ])
  })

  test('searches text in proportion to its length when a long secret comes line by line', async () => {
    const [short, long] = [await printedByLines(300), await printedByLines(3_000)]
    for (const { shownText } of [short, long]) {
      expect(shownText).toMatch(/^before\n(?:\[redacted\]\n?)+after\n$/)
    }
    // The first 4 kB are searched with every line.
    expect(long.searched).toBeLessThan(12 * short.searched)
  })

  test('tells what was no secret after a second, though little more has come', async () => {
    const secret = randomBytes(20_000).toString('hex')
    const masking = createRedactor([secret])
    let isOver = false
    async function* coming() {
      yield piece(secret.slice(0, 30_000))
      yield piece(' was cut\n')
      await setTimeout(1_100)
      yield piece('.')
      isOver = true
    }
    for await (const event of holdPartialSecrets(coming(), masking)) {
      expect(isOver).toBe(false)
      expect(event).toMatchObject({ output: { text: `${secret.slice(0, 30_000)} was cut\n.` } })
    }
  })

  test.each([
    ['cell', { index: 1 }],
    ['stream', { name: 'stderr' as const }],
  ])('joins nothing with the piece of another %s', async (_, other) => {
    expect(await toldOf([piece('abra/'), piece('cad', other)])).toEqual([[], ['abra/', 'cad']])
  })
})
