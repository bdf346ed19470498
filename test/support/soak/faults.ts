import { setTimeout as pause } from 'node:timers/promises'
import type { ErrorCode } from '../../../src/errors.ts'
import { isChannel, type Fault, type FaultProxy } from '../fault_proxy.ts'
import type { JupyterServer } from '../jupyter_server.ts'
import type { Random } from './random.ts'

export type RunEnd = ErrorCode | 'succeeded'

type Disturbance = (scene: Scene) => void | Promise<void>

/** Something that happens to a run, and how the run may end then. */
export interface SoakFault {
  readonly cells: readonly string[]
  readonly args?: string
  readonly disturb?: Disturbance
  readonly ends: readonly RunEnd[]
  /** Takes the better part of a minute. */
  readonly isSlow?: true
}

export interface Scene {
  readonly proxy: FaultProxy
  readonly server: JupyterServer
  readonly random: Random
}

/** What a run that succeeds has to find, whatever happened. */
export const rightResult = "'right'"

const value = 'print("on the way", flush=True)\n"right"'
const slow = 'import time\nfor n in range(15):\n    print(n, flush=True)\n    time.sleep(0.1)'
const sleep = 'import time; time.sleep(600)'
const kill = 'import os, signal; os.kill(os.getpid(), signal.SIGKILL)'
const flood = 'for n in range(5): print("x" * 1_000_000, flush=True)'
const lines = 'for n in range(3_000): print(n, flush=True)'
const showSecrets = `
import base64, os
print(os.environ)
token = os.environ["JUPYTER_TOKEN"]
print(token, base64.b64encode(token.encode()), base64.b64encode(b"x" + token.encode()))`

// A cut may hit the kernel's POST, and then the message is to come again; or it takes with it the
// request of a cell, of which nobody can tell then whether it ran.
const mended: readonly RunEnd[] = ['succeeded', 'SERVER_UNREACHABLE', 'CONNECTION_LOST']
const died: readonly RunEnd[] = ['KERNEL_DIED']

export const soakFaults: Readonly<Record<string, SoakFault>> = {
  nothing: { cells: ['1', value], ends: ['succeeded'] },
  'cut once': { cells: [slow, value], disturb: cuts(1), ends: mended },
  'cut five times': { cells: [slow, slow, value], disturb: cuts(5), ends: mended },
  'cut during a flood': { cells: [flood, lines, value], disturb: cuts(2), ends: mended },
  'bad answers at first': { cells: [value], disturb: badStart, ends: ['succeeded'] },
  'bad answers in between': { cells: [slow, value], disturb: badAnswers, ends: mended },
  'slow network': { cells: [slow, value], disturb: delays, ends: ['succeeded'] },
  'silent network': {
    cells: ['import time; time.sleep(50)', value],
    disturb: silence,
    ends: ['succeeded', 'KERNEL_START_FAILED'],
    isSlow: true,
  },
  flood: { cells: [flood, lines, `${flood}\n${value}`], ends: ['succeeded'] },
  secrets: { cells: [showSecrets, value], args: '--verbose', ends: ['succeeded'] },
  'secrets in an error': {
    cells: [`${showSecrets}\nraise Exception(token)`],
    args: '--verbose',
    ends: ['CELL_FAILED'],
  },
  'failing cell': { cells: ['1', '1/0', value], ends: ['CELL_FAILED'] },
  'failure after a flood': { cells: [`${flood}\n1/0`], ends: ['CELL_FAILED'] },
  'failure after a cut': {
    cells: [`${slow}\n1/0`],
    disturb: cuts(1),
    ends: ['CELL_FAILED', 'SERVER_UNREACHABLE', 'CONNECTION_LOST'],
  },
  input: { cells: ['input()'], ends: ['CELL_FAILED'] },
  exit: { cells: ['display("right"); exit()', kill], ends: ['succeeded'] },
  'kernel killed': { cells: ['1', kill, value], ends: died },
  'kernel killed during a cut': {
    cells: [`${slow}\n${kill}`, value],
    disturb: cuts(1),
    ends: ['KERNEL_DIED', 'KERNEL_GONE', 'SERVER_UNREACHABLE', 'CONNECTION_LOST'],
  },
  'kernel deleted': {
    cells: [sleep],
    disturb: deletion,
    ends: ['KERNEL_GONE', 'KERNEL_START_FAILED'],
  },
  'endless cell': { cells: [sleep], args: '--cell-timeout 1', ends: ['CELL_TIMED_OUT'] },
  'endless run': { cells: [sleep], args: '--timeout 3', ends: ['RUN_TIMED_OUT'] },
  'lost answer to the POST': {
    cells: [value],
    args: '--start-timeout 3',
    disturb: onRequest(/^POST \S+kernels$/, 'swallow'),
    ends: ['KERNEL_START_FAILED'],
  },
  'refused POST': {
    cells: [value],
    disturb: onRequest(/^POST \S+kernels$/, { status: 503 }),
    ends: ['SERVER_UNREACHABLE'],
  },
  'refused handshake': {
    cells: [value],
    disturb: onRequest(/channels/, { status: 500 }),
    ends: ['KERNEL_START_FAILED'],
  },
  'failing DELETE': { cells: [value], disturb: oneBadDelete, ends: ['succeeded'] },
  'wrong base URL': { cells: [value], args: '--base-url /x', ends: ['SERVER_NOT_JUPYTER'] },
  'wrong kernel': { cells: [value], args: '--kernel nope', ends: ['KERNEL_NOT_FOUND'] },
  'wrong flag': { cells: [value], args: '--nope', ends: ['ARGUMENTS_INVALID'] },
}

function cuts(times: number): Disturbance {
  return async ({ proxy, random }) => {
    for (let cut = 0; cut < times; cut += 1) {
      await proxy.channel(cut + 1)
      await pause(random.between(0, 1_500))
      proxy.cut(random.pick(['FIN', 'RST']))
    }
  }
}

/** The server is not ready at first, in one way or another. */
function badStart({ proxy, random }: Scene): void {
  const bad = random.between(1, 4)
  const fault = random.pick<Fault>(['cut', { status: 503 }, { status: 429 }, { status: 502 }])
  proxy.rule = () => (proxy.requests.length <= bad ? fault : 'pass')
}

/** Now and then a call fails, but never the same one three times. */
function badAnswers({ proxy, random }: Scene): void {
  const failed = new Set<string>()
  proxy.rule = (line) => {
    if (isChannel(line) || failed.has(line) || random.fraction() < 0.5) return 'pass'
    failed.add(line)
    return random.pick<Fault>(['cut', { status: 503 }])
  }
}

function delays({ proxy, random }: Scene): void {
  proxy.rule = () => ({ delayMs: random.between(0, 500) })
}

async function silence({ proxy }: Scene): Promise<void> {
  await proxy.channel()
  await pause(3_000)
  proxy.silence()
}

async function deletion({ proxy, server, random }: Scene): Promise<void> {
  const channel = await proxy.channel()
  await pause(random.between(1_000, 6_000))
  await server.request('DELETE', channel.replace(/^GET (.+)\/channels.*/, '$1'))
}

function onRequest(pattern: RegExp, fault: Fault): Disturbance {
  return ({ proxy }) => {
    proxy.rule = (line) => (pattern.test(line) ? fault : 'pass')
  }
}

function oneBadDelete({ proxy, random }: Scene): void {
  const fault = random.pick<Fault>(['cut', { status: 500 }])
  const deletes = () => proxy.requests.filter((line) => line.startsWith('DELETE ')).length
  proxy.rule = (line) => (line.startsWith('DELETE ') && deletes() === 1 ? fault : 'pass')
}
