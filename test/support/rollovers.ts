import { randomUUID } from 'node:crypto'
import type { RunReport } from '../../src/events.ts'
import { recordOf, listOf } from '../../src/jupyter/read_field.ts'
import { FaultProxy } from './fault_proxy.ts'
import type { JupyterOptions } from './jupyter_process.ts'
import type { JupyterServer } from './jupyter_server.ts'
import { hasPart, type Part } from './parts.ts'
import { runArgs } from './run_args.ts'

/** How a language does what the cells do. */
interface Dialect {
  readonly kernelName: string
  readonly language: string
  /** Prints `word 0`, `word 1` ... with a pause after each. */
  readonly prints: (word: string, count: number, pauseMs: number) => string
  readonly sleeps: (ms: number) => string
}

const dialects = {
  python3: {
    kernelName: 'python3',
    language: 'python',
    prints: (word, count, pauseMs) => `import time
for n in range(${count}):
    print(f"${word} {n}", flush=${pauseMs > 0 ? 'True' : 'False'})
    ${pauseMs > 0 ? `time.sleep(${pauseMs / 1000})` : 'pass'}`,
    sleeps: (ms) => `import time; time.sleep(${ms / 1000})`,
  },
  ir: {
    kernelName: 'ir',
    language: 'R',
    prints: (word, count, pauseMs) => `for (n in 0:${count - 1}) {
  cat("${word}", n, "\\n")
  ${pauseMs > 0 ? `flush.console(); Sys.sleep(${pauseMs / 1000})` : ''}
}`,
    sleeps: (ms) => `Sys.sleep(${ms / 1000})`,
  },
  deno: {
    kernelName: 'deno',
    language: 'typescript',
    // This kernel drops lines of a flood, and gives the last ones of a cell to the next cell.
    prints: (word, count, pauseMs) => `for (let n = 0; n < ${count}; n += 1) {
  console.log("${word}", n)
  await new Promise((resolve) => setTimeout(resolve, ${pauseMs}))
}
await new Promise((resolve) => setTimeout(resolve, 100))`,
    sleeps: (ms) => `await new Promise((resolve) => setTimeout(resolve, ${ms}))`,
  },
} as const satisfies Record<string, Dialect>

/** The dialects of the kernels that this machine has, by kernel. */
export function dialectsHere(): readonly (readonly [string, Dialect])[] {
  const parts: Readonly<Record<string, Part>> = { ir: 'r-kernel', deno: 'deno' }
  return Object.entries(dialects).filter(([name]) => {
    const part = parts[name]
    return part === undefined || hasPart(part)
  })
}

export interface RolloverLoad {
  /** `--socket-lifetime`. */
  readonly lifetimeMs: number
  /** How long the cells of steady print and of silence last, each. */
  readonly cellMs: number
  /** How many lines the flood has. */
  readonly floodLines: number
  /** How many cells end after another, each of which lasts 0 to 30 ms. */
  readonly shortCells: number
}

export interface RolloverFigures {
  readonly report: RunReport
  readonly rollovers: number
  /** How many sessions the sockets had. */
  readonly sessions: number
  readonly lines: number
  readonly lostLines: number
  /** How many cells have lines twice, or out of order. */
  readonly disorderlyCells: number
}

/** The servers on which nothing may be lost; their rate limits would drop lines of a flood. */
export const rolloverServers = {
  current: { args: ['--ZMQChannelsWebsocketConnection.limit_rate=False'] },
  debian: { kind: 'debian', pythonKernel: 'quick', args: ['--ServerApp.limit_rate=False'] },
} as const satisfies Record<string, JupyterOptions>

const steadyPauseMs = 10

/** Runs cells that print, flood, are silent and end, while the socket is replaced again and again. */
export async function runWithRollovers(
  server: JupyterServer,
  { kernelName, language, prints, sleeps }: Dialect,
  { lifetimeMs, cellMs, floodLines, shortCells }: RolloverLoad,
): Promise<RolloverFigures> {
  await using proxy = await FaultProxy.start(server.host)
  const steadyLines = Math.round(cellMs / steadyPauseMs)
  const short = Array.from({ length: shortCells }, (_, n) =>
    [prints(`short ${n} of`, 3, 0), sleeps((7 * n) % 31)].join('\n'),
  )
  const cells = [
    prints('steady', steadyLines, steadyPauseMs),
    sleeps(cellMs),
    prints('flood', floodLines, 0),
    ...short,
  ]
  const expected = [
    linesOf('steady', steadyLines),
    [],
    linesOf('flood', floodLines),
    ...short.map((_, n) => linesOf(`short ${n} of`, 3)),
  ]
  const path = `/${randomUUID()}.ipynb`
  await server.writeNotebook(path, cells, { kernelName, language })
  const args = [proxy.host, path, '--socket-lifetime', String(lifetimeMs / 1000)]
  const { events, report } = await runArgs(args, { JUPYTER_TOKEN: server.token })
  const last = events.at(-1)
  const notebook = last?.type === 'run_finished' ? last.notebook : null
  const shown = listOf(notebook?.['cells']).map((cell) => printedBy(recordOf(cell)))
  const lost = expected.map((lines, n) => lines.filter((line) => !new Set(shown[n]).has(line)))
  const disorderly = expected.filter((lines, n) => !isOrdered(shown[n] ?? [], lines))
  // A kernel that started slowly may have been replaced by another one.
  const channels = proxy.channels.filter((line) => line.includes(report.kernel?.id ?? ''))
  return {
    report,
    rollovers: channels.length - 1,
    sessions: new Set(channels).size,
    lines: expected.flat().length,
    lostLines: lost.flat().length,
    disorderlyCells: disorderly.length,
  }
}

function linesOf(word: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => `${word} ${n}`)
}

/** The lines that a cell of the executed notebook holds. */
function printedBy(cell: Readonly<Record<string, unknown>>): readonly string[] {
  const texts = listOf(cell['outputs']).map((output) => recordOf(output)['text'])
  const text = texts.flat().join('')
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
}

/** Whether the lines are some of `all`, each once and in this order. */
function isOrdered(lines: readonly string[], all: readonly string[]): boolean {
  const places = new Map(all.map((line, place) => [line, place]))
  return lines.every((line, n) => {
    const place = places.get(line) ?? -1
    return place >= 0 && (n === 0 || place > (places.get(lines[n - 1] ?? '') ?? -1))
  })
}
