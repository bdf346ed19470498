import { describe, expect, test } from '@jest/globals'
import type { CellRecord } from '../../src/execution/cell_record.ts'
import { RunOutputs } from '../../src/execution/outputs.ts'
import type { KernelMessage } from '../../src/jupyter/messages.ts'
import type { Output } from '../../src/jupyter/nbformat.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import {
  binaryMessageOf,
  clear,
  comm,
  display,
  messageOf,
  outputModel,
  print,
  raised,
  result,
  textData,
  update,
} from '../support/messages.ts'
import { maxLinearScaling, scalingOf } from '../support/scaling.ts'

interface Played {
  readonly outputs: RunOutputs
  readonly cells: readonly CellRecord[]
}

/** Two cells, sent as r-0 and r-1, and what the kernel said. */
function play(messages: readonly KernelMessage[], maxMegabytes = 64): Played {
  const outputs = new RunOutputs(maxMegabytes, createRedactor([]))
  const cells = [0, 1].map((index) => outputs.start({ index, id: null, source: '' }, `r-${index}`))
  for (const message of messages) outputs.add(message)
  return { outputs, cells }
}

function brief(outputs: readonly Output[] | undefined): string[] {
  return (outputs ?? []).map((output) => {
    if (output.output_type === 'stream') return `${output.name}: ${output.text}`
    if (output.output_type === 'error') return output.ename
    return `${output.output_type}: ${String(output.data['text/plain'])}`
  })
}

function briefCells(played: Played): string[][] {
  return played.cells.map(({ outputs }) => brief(outputs.all))
}

const warning = (text: string) => {
  return { type: 'warning', outputLost: true, message: expect.stringContaining(text) }
}

describe('add() of oversized messages', () => {
  test('warns once for each cell, with a count, even after the cell has ended', () => {
    const { outputs } = play([])
    const deep: unknown = JSON.parse('['.repeat(300) + ']'.repeat(300))
    const data = { 'application/json': deep }
    for (const request of ['r-0', 'r-1', 'r-2', 'r-1', 'r-1'])
      expect(outputs.add(messageOf('display_data', { data }, request))).toEqual([])
    expect(outputs.losses.takeWarnings()).toEqual([
      warning('(display_data) of cell 0 was left out'),
      warning('(display_data) of cell 1 and 2 others like it were left out'),
    ])
    expect(outputs.losses.takeWarnings()).toEqual([])
  })
})

describe('the failure of a cell whose reply is ok', () => {
  const ok = messageOf('execute_reply', { status: 'ok' })
  const deep: unknown = JSON.parse('['.repeat(300) + ']'.repeat(300))
  const tooDeep = messageOf('error', { ename: 'E', evalue: deep })
  const tooLarge = messageOf('error', { ename: 'E', evalue: 'v'.repeat(17 * 1024 * 1024) })
  const opened = comm('comm_open', 'w', outputModel)
  const captured = comm('comm_msg', 'w', { msg_id: 'r-0' })
  const left = comm('comm_msg', 'w', { msg_id: '' })

  const failureAfter = (messages: readonly KernelMessage[]) => {
    const [cell] = play(messages, 1).cells
    return ok.type === 'execute_reply' ? cell?.failureBy(ok)?.message : undefined
  }

  test.each<[string, readonly KernelMessage[], string | undefined]>([
    ['nothing', [], undefined],
    ['an error', [raised], 'Cell 0 raised E: v, although'],
    ['an error that was cleared', [raised, clear(false)], undefined],
    ['an error that is too deep to keep', [tooDeep], 'Cell 0 showed an error that was too large'],
    ['an error that is too large to keep', [tooLarge], 'Cell 0 showed an error that was too large'],
    ['an error in an Output widget', [opened, captured, raised, tooDeep, tooLarge], undefined],
    ['an error behind an Output widget', [opened, captured, left, raised], 'Cell 0 raised E: v'],
    ['a picture that is too deep', [messageOf('display_data', { data: { deep } })], undefined],
  ])('after %s', (_, messages, message) => {
    const failure = failureAfter(messages)
    if (message === undefined) expect(failure).toBeUndefined()
    else expect(failure).toContain(message)
  })

  test('is not changed by a late error, which is a warning', () => {
    const { outputs, cells } = play([])
    cells[0]?.end()
    const output = { output_type: 'error' }
    expect(outputs.add(raised)).toMatchObject([
      { type: 'cell_output', cell: { index: 0 }, output },
      { type: 'warning', message: expect.stringMatching(/^Cell 0 showed an error after its end/) },
    ])
    const exit = messageOf('error', { ename: 'SystemExit', evalue: '0' })
    expect(outputs.add(exit)).toMatchObject([{ type: 'cell_output' }])
    for (const message of [opened, captured]) outputs.add(message)
    expect(outputs.add(raised)).toMatchObject([{ type: 'cell_output' }])
  })
})

describe('add() in one cell', () => {
  test.each<[string, readonly KernelMessage[], readonly string[]]>([
    ['joins one stream', [print('a'), print('b\n')], ['stdout: ab\n']],
    [
      'keeps the order of two streams',
      [print('a'), print('b', 'stderr'), print('c', 'stderr'), print('d')],
      ['stdout: a', 'stderr: bc', 'stdout: d'],
    ],
    [
      'joins no streams across a display',
      [print('a'), display('b'), print('c')],
      ['stdout: a', 'display_data: b', 'stdout: c'],
    ],
    ['clears now', [print('a'), clear(false), print('b')], ['stdout: b']],
    ['clears now without a next output', [print('a'), clear(false)], []],
    ['clears before the next output', [print('a'), clear(true), print('b')], ['stdout: b']],
    ['waits for the next output to clear', [print('a'), clear(true)], ['stdout: a']],
    ['clears once', [clear(true), print('a'), print('b')], ['stdout: ab']],
    ['clears before a display', [print('a'), clear(true), display('b')], ['display_data: b']],
    ['clears before a result', [print('a'), clear(true), result('b')], ['execute_result: b']],
    ['clears before an error', [print('a'), clear(true), raised], ['E']],
    [
      'does not wait after clearing',
      [clear(true), clear(false), print('a'), print('b')],
      ['stdout: ab'],
    ],
    [
      'does not clear for an update',
      [display('a', 'd'), clear(true), update('b', 'd')],
      ['display_data: b'],
    ],
    [
      'clears after an update, for the next output',
      [display('a', 'd'), clear(true), update('b', 'd'), print('c')],
      ['stdout: c'],
    ],
    [
      'does not clear for a widget',
      [print('a'), clear(true), comm('comm_open', 'w', {})],
      ['stdout: a'],
    ],
    [
      'updates every display of an id',
      [display('a', 'd'), display('x', 'e'), display('b', 'd'), update('c', 'd')],
      ['display_data: c', 'display_data: x', 'display_data: c'],
    ],
    [
      'updates earlier displays of an id when it is displayed again',
      [display('a', 'd'), display('b', 'd')],
      ['display_data: b', 'display_data: b'],
    ],
    [
      'updates a result that has an id',
      [
        messageOf('execute_result', {
          data: textData('a'),
          execution_count: 3,
          transient: { display_id: 'd' },
        }),
        update('b', 'd'),
      ],
      ['execute_result: b'],
    ],
    ['adds nothing by an update', [update('a', 'd')], []],
    [
      'adds nothing by an update before its display',
      [update('a', 'd'), display('b', 'd')],
      ['display_data: b'],
    ],
    [
      'forgets the ids when it clears',
      [display('a', 'd'), clear(false), print('x'), update('b', 'd')],
      ['stdout: x'],
    ],
    [
      'knows an id again when it is displayed after clearing',
      [display('a', 'd'), clear(false), display('b', 'd'), update('c', 'd')],
      ['display_data: c'],
    ],
    [
      'takes a display without transient, and one whose id is null',
      [
        messageOf('display_data', { data: textData('a'), transient: null }),
        messageOf('display_data', { data: textData('b'), transient: { display_id: null } }),
      ],
      ['display_data: a', 'display_data: b'],
    ],
    ['keeps two errors', [raised, raised], ['E', 'E']],
    [
      'ignores what is no output, and what it does not know',
      [
        messageOf('comm_msg', {}),
        messageOf('status', { execution_state: 'busy' }),
        messageOf('execute_input', { execution_count: 1 }),
        messageOf('from_the_future', { data: {} }),
      ],
      [],
    ],
  ])('add() %s', (_, messages, expected) => {
    expect(briefCells(play(messages))).toEqual([expected, []])
  })

  test('add() replaces the metadata with the data', () => {
    const { cells } = play([display('a', 'd'), update('b', 'd')])
    expect(cells[0]?.outputs.all).toEqual([
      { output_type: 'display_data', data: textData('b'), metadata: { new: 'b' } },
    ])
  })

  test('add() keeps the execution count of an updated result', () => {
    const content = { data: textData('a'), execution_count: 3, transient: { display_id: 'd' } }
    const { cells } = play([messageOf('execute_result', content), update('b', 'd')])
    expect(cells[0]?.outputs.all).toMatchObject([{ execution_count: 3, data: textData('b') }])
  })

  test('add() changes only data and metadata when a result has the id of a display', () => {
    const content = { data: textData('b'), execution_count: 3, transient: { display_id: 'd' } }
    const { cells } = play([display('a', 'd'), messageOf('execute_result', content)])
    const shown = { data: textData('b'), metadata: {} }
    expect(cells[0]?.outputs.all).toEqual([
      { output_type: 'display_data', ...shown },
      { output_type: 'execute_result', execution_count: 3, ...shown },
    ])
  })

  test('add() returns each output as it arrived, joined or not', () => {
    const { outputs } = play([])
    expect(outputs.add(print('a'))).toMatchObject([{ type: 'cell_output', output: { text: 'a' } }])
    expect(outputs.add(print('b'))).toMatchObject([{ cell: { index: 0 }, output: { text: 'b' } }])
    expect(outputs.add(update('b', 'd'))).toEqual([])
    expect(outputs.add(clear(false))).toEqual([])
  })
})

describe('add() with several cells', () => {
  test.each<[string, readonly KernelMessage[], readonly string[], readonly string[]]>([
    [
      'updates displays of an earlier cell',
      [display('a', 'd'), update('b', 'd', 'r-1')],
      ['display_data: b'],
      [],
    ],
    [
      'updates displays of an earlier cell when the id is displayed again',
      [display('a', 'd'), display('b', 'd', 'r-1')],
      ['display_data: b'],
      ['display_data: b'],
    ],
    [
      'forgets the ids of the cell alone that is cleared',
      [display('a', 'd'), display('b', 'd', 'r-1'), clear(false), update('c', 'd')],
      [],
      ['display_data: c'],
    ],
    [
      'takes late output for the cell that made it',
      [print('a', 'stdout', 'r-1'), print('late', 'stdout', 'r-0')],
      ['stdout: late'],
      ['stdout: a'],
    ],
    [
      'waits with clearing for the next output of the same cell',
      [print('a'), clear(true), print('b', 'stdout', 'r-1')],
      ['stdout: a'],
      ['stdout: b'],
    ],
    ['ignores the answers to others', [print('theirs', 'stdout', 'of-somebody-else')], [], []],
  ])('add() %s', (_, messages, first, second) => {
    expect(briefCells(play(messages))).toEqual([first, second])
  })
})

function many(count: number, message: KernelMessage): readonly KernelMessage[] {
  return Array.from({ length: count }, () => message)
}

describe('add() of more output than is kept', () => {
  const megabyte = 'x'.repeat(1e6)
  const notice = /More output than --max-output allows/

  test('add() cuts a stream, warns once and keeps the result', () => {
    const { outputs, cells } = play(many(2, print(megabyte)), 2.5)
    const warnings = many(3, print(megabyte)).map((message) => outputs.add(message)[1])
    outputs.add(display('a'))
    outputs.add(result('15'))
    outputs.add(raised)
    expect(warnings).toEqual([
      {
        type: 'warning',
        outputLost: true,
        message: expect.stringMatching(
          /^Output of cell 0 was left out: 2.5 MB .* \(--max-output\)$/,
        ),
      },
      undefined,
      undefined,
    ])
    const [stream, ...rest] = cells[0]?.outputs.all ?? []
    expect(stream).toMatchObject({ name: 'stdout' })
    expect(stream && 'text' in stream && stream.text.length).toBeGreaterThan(2.4e6)
    expect(stream && 'text' in stream && stream.text.length).toBeLessThanOrEqual(2.5e6)
    expect(rest).toMatchObject([
      { name: 'stderr', text: expect.stringMatching(notice) },
      { output_type: 'execute_result' },
      { output_type: 'error' },
    ])
  })

  test('add() does not split a character', () => {
    const { cells } = play([print('x'), print('😀'.repeat(1e5))], 0.1)
    const [stream] = cells[0]?.outputs.all ?? []
    expect(stream && 'text' in stream && stream.text).toMatch(/^x(?:😀)+$/u)
  })

  test('add() accepts more output after the cell is cleared', () => {
    const messages = [...many(3, print(megabyte)), clear(false), print('a')]
    expect(briefCells(play(messages, 2))[0]).toEqual(['stdout: a'])
  })

  test('add() leaves out displays beyond the limit, of any number and size', () => {
    const { cells } = play([display(megabyte), display(megabyte), display('small')], 1.5)
    const [first, ...rest] = brief(cells[0]?.outputs.all)
    expect(first?.length).toBeGreaterThan(1e6)
    expect(rest).toEqual([expect.stringMatching(notice)])
    const tiny = play(many(5_000, display('')), 0.1)
    expect(tiny.cells[0]?.outputs.all.length).toBeLessThan(1_000)
  })

  test('add() limits the size of updates, in any number of displays', () => {
    const half = megabyte.slice(0, 5e5)
    const places = Array.from({ length: 20 }, (_, place) => `d-${place}`)
    const { outputs, cells } = play(
      places.map((id) => display('a', id)),
      1,
    )
    const events = places.flatMap((id) => outputs.add(update(half, id)))
    expect(events).toMatchObject([{ type: 'warning', outputLost: true }])
    const kept = brief(cells[0]?.outputs.all).filter((text) => text.length > 5e5)
    expect(kept).toHaveLength(3) // in four megabytes, as it stands in the metadata too
  })

  test('add() frees the size of an updated display when it is cleared', () => {
    const { outputs } = play([], 1)
    for (let times = 0; times < 20; times += 1) {
      outputs.add(display('a', `d-${times}`))
      expect(outputs.add(update(megabyte.slice(1000), `d-${times}`))).toEqual([])
      outputs.add(clear(false))
    }
  })

  test('add() does not cut text within a possible secret', () => {
    const token = '6f1d2a9c0b7e4f58a1c3d5e7f90b2d4c'
    const outputs = new RunOutputs(1, createRedactor([token]))
    for (const [index, before] of [999_880, 999_895, 999_850].entries()) {
      const request = `r-${index}`
      const cell = outputs.start({ index, id: null, source: '' }, request)
      outputs.add(print('.'.repeat(before), 'stdout', request))
      outputs.add(print(token.slice(0, 10), 'stdout', request))
      outputs.add(print(token.slice(10) + '.'.repeat(1000), 'stdout', request))
      const [kept] = brief(cell.outputs.all)
      expect(kept?.replace(token, '')).toMatch(/^stdout: \.+$/)
    }
  })

  test('add() keeps four times as much of all cells together', () => {
    const outputs = new RunOutputs(1, createRedactor([]))
    const sizes = Array.from({ length: 8 }, (_, index) => {
      const cell = outputs.start({ index, id: null, source: '' }, `r-${index}`)
      outputs.add(print('x'.repeat(900_000), 'stdout', `r-${index}`))
      return brief(cell.outputs.all)[0]?.length ?? 0
    })
    const whole = sizes.reduce((sum, size) => sum + size)
    expect(whole).toBeGreaterThan(3.9e6)
    expect(whole).toBeLessThan(4.1e6)
  })
})

const big = 'x'.repeat(400_000)

function open(id: string, value = big): KernelMessage {
  return comm('comm_open', id, { _model_name: 'HTMLModel', value })
}

function image(id: string): KernelMessage {
  const data = { state: { _model_name: 'ImageModel' }, buffer_paths: [['value']] }
  return binaryMessageOf('comm_open', { comm_id: id, data }, [Buffer.alloc(600_000)])
}

/** How long the value of each widget is that is kept. */
function valuesOf(outputs: RunOutputs): Readonly<Record<string, number>> {
  const [saved] = Object.values(outputs.widgets() ?? {})
  const { state = {} } = Object(saved)
  const models = Object.entries<{ readonly state: { readonly value: string } }>(state)
  return Object.fromEntries(models.map(([id, { state: own }]) => [id, own.value.length]))
}

describe('add() of more widget state than is kept', () => {
  test('add() leaves it out, warns once for each cell, and keeps printed output', () => {
    const { outputs, cells } = play([], 1)
    const late = comm('comm_msg', 'w-0', { value: big + big }, 'r-1')
    const messages = [...['w-0', 'w-1', 'w-2', 'w-3'].map((id) => open(id)), late, late]
    expect(messages.flatMap((message) => outputs.add(message))).toEqual([
      warning('State of widgets of cell 0 was left out: 1 MB of it are kept'),
      warning('State of widgets of cell 1 was left out: 1 MB of it are kept'),
    ])
    expect(valuesOf(outputs)).toEqual({ 'w-0': 400_000, 'w-1': 400_000 })
    outputs.add(print('x'.repeat(900_000)))
    const [note, printed] = brief(cells[0]?.outputs.all)
    expect(note).toMatch(/^stderr: More state of widgets than --max-output allows/)
    expect(printed).toHaveLength('stdout: '.length + 900_000)
  })

  test('add() frees the size of replaced state', () => {
    const replaced = Array.from({ length: 20 }, (_, n) => {
      return comm('comm_msg', 'w-0', { value: String(n % 10).repeat(800_000) })
    })
    const { outputs } = play([open('w-0'), ...replaced, comm('comm_msg', 'w-0', { value: '' })], 1)
    expect(outputs.add(open('w-1', big + big))).toEqual([])
    expect(valuesOf(outputs)).toEqual({ 'w-0': 0, 'w-1': 800_000 })
  })

  test('add() counts the bytes that belong to the state', () => {
    const { outputs } = play([], 1)
    expect(outputs.add(image('w-0'))).toEqual([])
    expect(outputs.add(image('w-0'))).toEqual([])
    expect(outputs.add(image('w-1'))).toEqual([warning('State of widgets of cell 0')])
  })
})

describe('add() of very many messages', () => {
  test('add() takes linear time for pieces of a stream', () => {
    const piece = print('0123456789\n')
    const playPieces = (count: number) => play(Array.from({ length: count }, () => piece))
    expect(scalingOf((size) => playPieces(size))).toBeLessThan(maxLinearScaling)
  })

  test('add() takes linear time for displays of one id', () => {
    expect(scalingOf((size) => playDisplays(size / 10))).toBeLessThan(maxLinearScaling)
    expect(brief(playDisplays(10_000).cells[0]?.outputs.all).at(0)).toBe('display_data: 9999')
  })

  test('add() takes linear time for updates of displays in other cells', () => {
    expect(scalingOf((size) => playUpdates(size / 100))).toBeLessThan(maxLinearScaling)
    const played = briefCells(playUpdates(1_000))
    expect(new Set(played[0])).toEqual(new Set(['display_data: 9']))
    expect(played[0]).toHaveLength(1_000)
  })

  test.each([
    {
      name: 'names in the state of a widget',
      messageAt: (place: number) => comm('comm_msg', 'w-0', { [`name-${place}`]: place }),
    },
    {
      name: 'widgets that take outputs',
      messageAt: (place: number) =>
        comm('comm_open', `w-${place}`, { ...outputModel, msg_id: 'r-0' }),
    },
  ])('add() takes linear time for $name', ({ messageAt }) => {
    const playMessages = (count: number) =>
      play([open('w-0', ''), ...Array.from({ length: count }, (_, place) => messageAt(place))])
    expect(scalingOf((size) => playMessages(size / 10))).toBeLessThan(maxLinearScaling)
  })

  test('add() shows one of 10,000 displays that clear each other', () => {
    const { outputs, cells } = play([])
    for (let place = 0; place < 10_000; place += 1) {
      outputs.add(clear(true))
      outputs.add(display('x', `d-${place}`))
    }
    expect(cells[0]?.outputs.all).toHaveLength(1)
  })
})

/** Many displays of one id. */
function playDisplays(count: number) {
  return play(Array.from({ length: count }, (_, place) => display(`${place}`, 'd')))
}

/** Displays in one cell, each updated ten times from another. */
function playUpdates(count: number) {
  const ids = Array.from({ length: count }, (_, place) => `d-${place}`)
  const displays = ids.map((id) => display('0', id))
  const updates = Array.from({ length: 10 }, (_, round) => {
    return ids.map((id) => update(`${round}`, id, 'r-1'))
  }).flat()
  return play([...displays, ...updates])
}
