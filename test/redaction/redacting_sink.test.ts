import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { RunError } from '../../src/errors.ts'
import type { CellOutput, RunEvent, RunFinished } from '../../src/events.ts'
import { redactingSink } from '../../src/redaction/redacting_sink.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import { ReportBuilder } from '../../src/run/report.ts'

const token = 'abra/cad+abra'
const redactor = createRedactor([token, `${token}-the-second`])

function piece(
  text: string,
  { index = 0, name = 'stdout' }: { index?: number; name?: 'stdout' | 'stderr' } = {},
): CellOutput {
  const cell = { index, id: null, source: '' }
  return { type: 'cell_output', cell, output: { output_type: 'stream', name, text } }
}

/** What comes out for each of these events, before the next one goes in, and at the end. */
function emittedFor(events: readonly RunEvent[]): readonly (readonly string[])[] {
  const emitted: string[][] = []
  const sink = redactingSink(redactor, (event) => emitted.at(-1)?.push(shown(event)))
  for (const event of events) {
    emitted.push([])
    sink.emit(event)
  }
  emitted.at(-1)?.push(shown(sink.finish(finished())))
  return emitted
}

function shown(event: RunEvent): string {
  if (event.type !== 'cell_output' || event.output.output_type !== 'stream') return event.type
  return event.output.text
}

/** The last event of a run that came to nothing. */
function finished(): RunFinished {
  return new ReportBuilder({ runId: 'r', messageId: null, server: null, notebook: null }).finish()
}

const end: RunEvent = { type: 'warning', message: 'the end' }

/** How many characters are searched, and what is shown, of a secret printed line by line. */
function printedByLines(lineCount: number) {
  const lines = Array.from({ length: lineCount }, () => `${randomBytes(32).toString('hex')}\n`)
  const masking = createRedactor([lines.join('')])
  let searched = 0
  const partialSecretStart: typeof masking.partialSecretStart = (text, isContinued) => {
    searched += text.length
    return masking.partialSecretStart(text, isContinued)
  }
  let shownText = ''
  const sink = redactingSink({ ...masking, partialSecretStart }, (event) => {
    if (event.type === 'cell_output') shownText += shown(event)
  })
  sink.emit(piece('before\n'))
  for (const line of lines) sink.emit(piece(line))
  sink.emit(piece('after\n'))
  sink.emit(end)
  return { searched, shownText }
}

describe('redactingSink()', () => {
  const written = {
    'as it is': token,
    'for a URL': encodeURIComponent(token),
    'in base64': Buffer.from(token).toString('base64'),
    'in hex': Buffer.from(token).toString('hex').toUpperCase(),
    'with a longer one that begins alike': `${token}-the-second`,
  }
  test.each(Object.entries(written))('emits no part of a secret: %s', (_, secret) => {
    const text = `before ${secret} after`
    for (let first = 0; first <= text.length; first++) {
      for (let second = first; second <= text.length; second++) {
        const cuts = [text.slice(0, first), text.slice(first, second), text.slice(second)]
        const emitted = emittedFor([...cuts.map((each) => piece(each)), end]).flat()
        // What base64 ends in may be shown: it holds less than a byte.
        expect(emitted.join('')).toMatch(/^before \[redacted\]\w?=* afterwarningrun_finished$/)
      }
    }
  })

  test('emits at once text that cannot begin a secret, and complete secrets', () => {
    expect(emittedFor([piece('50 %'), piece(`\r100 % ${token}\n`)])).toEqual([
      ['50 %'],
      ['\r100 % [redacted]\n', 'run_finished'],
    ])
  })

  test('flushes held text when no secret follows, and at the end', () => {
    expect(emittedFor([piece('an ab'), end, piece('ra')])).toEqual([
      ['an '],
      ['ab', 'warning'],
      ['r', 'a', 'run_finished'],
    ])
  })

  test('searches an amount of text proportional to its length when a long secret arrives line by line', () => {
    const [short, long] = [printedByLines(300), printedByLines(3_000)]
    for (const { shownText } of [short, long]) {
      expect(shownText).toMatch(/^before\n(?:\[redacted\]\n?)+after\n$/)
    }
    // The first 4 kB are searched with every line.
    expect(long.searched).toBeLessThan(12 * short.searched)
  })

  test('emits held text after a second, even if little more has arrived', async () => {
    const secret = randomBytes(20_000).toString('hex')
    const masking = createRedactor([secret])
    const texts: string[] = []
    const sink = redactingSink(masking, (event) => texts.push(shown(event)))
    sink.emit(piece(secret.slice(0, 30_000)))
    sink.emit(piece(' was cut\n'))
    await setTimeout(1_100)
    expect(texts).toEqual([])
    sink.emit(piece('.'))
    expect(texts).toEqual(['[redacted] was cut\n.'])
  })

  test.each([
    { name: 'cell', other: { index: 1 } },
    { name: 'stream', other: { name: 'stderr' as const } },
  ])('does not join text with that of another $name', ({ other }) => {
    expect(emittedFor([piece('abra/'), piece('cad', other)])).toEqual([
      [],
      ['abra/', 'cad', 'run_finished'],
    ])
  })
})

/** A secret that is a word, and one that is not. */
const weak = 'hunter'
const strong = '6f1d2a9c0b7e4f58'

function emittedBy(event: RunEvent): RunEvent | undefined {
  const emitted: RunEvent[] = []
  redactingSink(createRedactor([weak, strong]), (each) => emitted.push(each)).emit(event)
  return emitted[0]
}

describe('redactingSink() with a secret that is a word', () => {
  const kernel = { id: `id-${weak}`, name: `${weak}-${strong}` }
  test.each<RunEvent>([
    {
      type: 'run_started',
      runId: 'r1',
      server: `http://${weak}/`,
      notebook: `/${weak}/a ${strong}.ipynb`,
    },
    { type: 'kernel_starting', name: `${weak}-${strong}` },
    { type: 'kernel_created', kernel },
    { type: 'kernel_started', kernel, cellsToRun: 1 },
  ])('leaves it in the names of $type, and no other secret', (event) => {
    const text = JSON.stringify(event)
    expect(JSON.stringify(emittedBy(event))).toBe(text.replaceAll(strong, '[redacted]'))
  })

  test('masks it in what a cell puts out and in warnings', () => {
    expect(emittedBy({ type: 'warning', message: `a ${weak}` })).toEqual({
      type: 'warning',
      message: 'a [redacted]',
    })
    expect(emittedBy(piece(`a ${weak}\n`))).toMatchObject({ output: { text: 'a [redacted]\n' } })
  })

  test.each([
    { code: 'ARGUMENTS_INVALID', shown: weak },
    { code: 'NOTEBOOK_NOT_FOUND', shown: weak },
    { code: 'KERNEL_NOT_FOUND', shown: weak },
    { code: 'CELL_FAILED', shown: '[redacted]' },
    { code: 'SERVER_UNREACHABLE', shown: '[redacted]' },
  ] as const)(
    'shows $shown, and no other secret, in the message of $code',
    ({ code, shown: name }) => {
      const report = new ReportBuilder({
        runId: 'r',
        messageId: null,
        server: null,
        notebook: null,
      })
      report.fail(new RunError(code, `Cannot read "/${weak}/${strong}"`, { advice: `see ${weak}` }))
      const { error } = redactingSink(createRedactor([weak, strong]), () => undefined).finish(
        report.finish(),
      ).report
      expect(error).toMatchObject({
        code,
        message: `Cannot read "/${name}/[redacted]"; see ${name}`,
      })
    },
  )
})
