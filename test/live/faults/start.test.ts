import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { FaultProxy, type Fault } from '../../support/fault_proxy.ts'
import { FunctionProcess } from '../../support/function_process.ts'
import { JupyterServer } from '../../support/jupyter_server.ts'
import { installKernel } from '../../support/kernels.ts'
import { inLanes } from '../../support/lanes.ts'
import { Opened } from '../../support/opened.ts'
import { freePort } from '../../support/port.ts'
import { pythonEnvironment } from '../../support/python_environment.ts'
import { ScratchFolder } from '../../support/scratch_folder.ts'
import { expectNoKernel } from './cells.ts'
import { deliver, type Delivered } from '../../support/deliver.ts'
import { having } from './fault_table.ts'

/** What the front end does with a request after so many seconds. */
type Rule = (line: string, seconds: number) => Fault

interface StartRow {
  readonly name: string
  readonly rule?: Rule
  readonly args?: string
  readonly answer: number
  readonly expected: object
  /** The run takes at least and at most so long. */
  readonly seconds: readonly [number, number]
}

/** On a busy machine too; a run that waits for its start timeout in vain takes 75 s. */
const soon = 40

const ok = { outcome: 'succeeded', result: { data: { 'text/plain': '15' } }, kernelDeleted: true }
const reference = '/workspaces/JupyterAPI_Test.ipynb'

function failed(code: string, message: string, changes: object = {}): object {
  const error = { code, message: having(message) }
  return { outcome: 'error', error, kernel: null, kernelDeleted: null, ...changes }
}

/** At first `fault`, a good server later. */
function untilSecond(end: number, fault: Fault): Rule {
  return (_, seconds) => (seconds < end ? fault : 'pass')
}

function only(prefix: string, fault: Fault): Rule {
  return (line) => (line.startsWith(prefix) ? fault : 'pass')
}

const html = 'Content-Type: text/html\r\n'
const google = `${html}Server: Google Frontend\r\n`

const rows: readonly StartRow[] = [
  {
    name: 'a server that answers 503 for 6 s is waited for',
    rule: untilSecond(6, { status: 503 }),
    answer: 204,
    expected: ok,
    seconds: [6, soon],
  },
  {
    name: 'a server that answers 429 for 2 s is waited for',
    rule: untilSecond(2, { status: 429 }),
    answer: 204,
    expected: ok,
    seconds: [2, soon],
  },
  {
    name: 'a server that closes connections for 3 s is waited for',
    rule: untilSecond(3, 'cut'),
    answer: 204,
    expected: ok,
    seconds: [3, soon],
  },
  {
    name: 'a server that never awakes is unreachable, and the message comes again',
    rule: () => ({ status: 503 }),
    args: '--start-timeout 3',
    answer: 500,
    expected: failed('SERVER_UNREACHABLE', 'answers 503; tried for 3 s'),
    seconds: [3, soon],
  },
  {
    name: 'a server that takes calls and never answers is unreachable',
    rule: () => 'hang',
    args: '--start-timeout 3',
    answer: 500,
    expected: failed('SERVER_UNREACHABLE', 'did not answer within 3 s'),
    seconds: [3, soon],
  },
  {
    name: 'a kernel that was made though the POST got no answer is found and deleted',
    rule: only('POST /api/kernels', 'swallow'),
    args: '--start-timeout 10',
    answer: 204,
    expected: failed('KERNEL_START_FAILED', 'did not answer within 10 s', {
      kernel: { name: 'python3' },
      kernelDeleted: true,
    }),
    seconds: [10, soon],
  },
  {
    name: 'a POST that fails in between is redelivered',
    rule: only('POST /api/kernels', { status: 503 }),
    answer: 500,
    expected: failed('SERVER_UNREACHABLE', 'answers 503'),
    seconds: [0, soon],
  },
  {
    name: 'a kernel that takes 8 s to start runs',
    args: '--kernel slow',
    answer: 204,
    expected: ok,
    seconds: [8, soon],
  },
  {
    name: 'a kernel that never answers is replaced by another one',
    args: '--kernel mute_once',
    answer: 204,
    expected: ok,
    seconds: [6, soon],
  },
  {
    // As where another process has taken one of its ports: the server restarts it with other ports.
    name: 'a kernel that ends while it starts is replaced by another one',
    args: '--kernel stillborn_once',
    answer: 204,
    expected: ok,
    seconds: [0, soon],
  },
  {
    name: 'a kernel that never answers fails in time',
    args: '--kernel mute --start-timeout 10',
    answer: 204,
    expected: failed('KERNEL_START_FAILED', 'did not answer within 10 s', {
      kernel: { name: 'mute' },
      kernelDeleted: true,
    }),
    seconds: [10, soon],
  },
  {
    name: 'a kernel that ends at once fails',
    args: '--kernel stillborn',
    answer: 204,
    expected: failed('KERNEL_START_FAILED', 'the server gave it up', {
      kernel: { name: 'stillborn' },
      kernelDeleted: true,
    }),
    seconds: [0, soon],
  },
  {
    name: 'a kernel whose program is missing fails',
    args: '--kernel missing',
    answer: 204,
    expected: failed('KERNEL_START_FAILED', 'Cannot start the kernel "missing"'),
    seconds: [0, soon],
  },
  {
    name: 'a wrong base URL is told from a missing notebook',
    args: '--base-url /nowhere',
    answer: 204,
    expected: failed('SERVER_NOT_JUPYTER', 'check the host and --base-url'),
    seconds: [0, soon],
  },
  {
    name: 'a refusal by Google Cloud IAM says what the caller needs',
    rule: () => ({ status: 403, headers: google, body: '<h1>Error: Forbidden</h1>' }),
    answer: 204,
    expected: failed('IAM_REFUSED', 'NBTRIGGER_AUTH=iam'),
    seconds: [0, soon],
  },
  {
    name: 'a redirect to a login page is not followed',
    rule: () => ({ status: 302, headers: 'Location: /hub/login?next=x\r\n' }),
    answer: 204,
    expected: failed('TOKEN_REFUSED', 'it redirects to a login page'),
    seconds: [0, soon],
  },
  {
    name: 'a redirect to https says what to add',
    rule: () => ({ status: 301, headers: 'Location: https://example.test/\r\n' }),
    answer: 204,
    expected: failed('SERVER_NOT_JUPYTER', 'add --use-https'),
    seconds: [0, soon],
  },
  {
    name: 'a web site is no Jupyter',
    rule: () => ({ status: 200, headers: html, body: '<h1>Welcome</h1>' }),
    answer: 204,
    expected: failed('SERVER_NOT_JUPYTER', 'answers 200 where a Jupyter Server would not'),
    seconds: [0, soon],
  },
  {
    name: 'what does not speak http is no Jupyter',
    rule: () => ({ banner: 'SSH-2.0-OpenSSH_9.2\r\n' }),
    answer: 204,
    expected: failed(
      'SERVER_NOT_JUPYTER',
      'answers something that is not http; if it speaks https',
    ),
    seconds: [0, soon],
  },
]

const opened = new Opened()
let server: JupyterServer
let runs: ReadonlyMap<StartRow, Promise<Delivered>>

beforeAll(async () => {
  server = opened.use(await JupyterServer.start({ jupyterPath: [await badKernels()] }))
  const env = { JUPYTER_TOKEN: server.token, JUPYTER_ALLOWED_HOSTS: '*' }
  const running = opened.use(await FunctionProcess.start({ env }))
  runs = inLanes(rows, 8, (row) => startRun(running, row))
})
afterAll(() => opened[Symbol.asyncDispose]())

describe('a run that starts badly', () => {
  test.each(rows)('$name', async (row) => {
    const run = await runs.get(row)
    expect(run?.report).toMatchObject(row.expected)
    expect(run?.answer).toBe(row.answer)
    expect(run?.seconds).toBeGreaterThan(row.seconds[0])
    expect(run?.seconds).toBeLessThan(row.seconds[1])
  })

  test('no kernel is left', () => expectNoKernel(server))

  test('a handshake with an existing kernel that gets no answer is tried again', async () => {
    const { body } = await server.request('POST', '/api/kernels', { name: 'python3' })
    const { id }: { readonly id: string } = JSON.parse(body)
    await using proxy = await FaultProxy.start(server.host)
    let handshakes = 0
    proxy.rule = (line) => (line.includes('/channels') && ++handshakes === 1 ? 'hang' : 'pass')
    await using running = await FunctionProcess.start({
      env: { JUPYTER_TOKEN: server.token, JUPYTER_ALLOWED_HOSTS: '*' },
    })
    const run = await deliver(running, `${proxy.host} ${reference} --kernel-id ${id}`)
    expect(run.report).toMatchObject({ outcome: 'succeeded', kernel: { id }, kernelDeleted: null })
    expect(run.seconds).toBeLessThan(soon)
    await server.request('DELETE', `/api/kernels/${id}`)
  })

  test('a wrong token is refused, and the message is acknowledged', async () => {
    const env = { JUPYTER_TOKEN: 'wrong', JUPYTER_SERVER: server.host }
    await using running = await FunctionProcess.start({ env })
    const { answer, report } = await deliver(running, reference)
    expect(answer).toBe(204)
    expect(report).toMatchObject(failed('TOKEN_REFUSED', 'JUPYTER_TOKEN must be'))
  })

  test('an unreachable server has the message delivered again', async () => {
    const host = `127.0.0.1:${await freePort()}`
    await using running = await FunctionProcess.start({
      env: { JUPYTER_TOKEN: 'any', JUPYTER_SERVER: host },
    })
    const { answer, report, seconds } = await deliver(running, `${reference} --start-timeout 2`)
    expect(answer).toBe(500)
    expect(report).toMatchObject(failed('SERVER_UNREACHABLE', 'nothing listens there'))
    expect(seconds).toBeLessThan(soon) // 75 s without the option
  })
})

async function startRun(
  running: FunctionProcess,
  { rule = () => 'pass', args = '' }: StartRow,
): Promise<Delivered> {
  await using proxy = await FaultProxy.start(server.host)
  const startedTick = performance.now()
  proxy.rule = (line) => rule(line, (performance.now() - startedTick) / 1000)
  return await deliver(running, `${proxy.host} ${reference} ${args}`)
}

async function badKernels(): Promise<string> {
  const { path } = opened.use(await ScratchFolder.make('kernels'))
  const python = (await pythonEnvironment()).bin('python')
  const launch = `sleep 8; exec ${python} -m ipykernel_launcher -f "$0"`
  const once = (first: string) =>
    `mkdir "${join(path, first)}" 2>/dev/null && exec ${first}; exec ${python} -m ipykernel_launcher -f "$0"`
  const kernels = {
    mute_once: ['sh', '-c', once('sleep 600'), '{connection_file}'],
    stillborn_once: ['sh', '-c', once('false'), '{connection_file}'],
    slow: ['sh', '-c', launch, '{connection_file}'],
    mute: ['sleep', '600'],
    stillborn: ['false'],
    missing: ['/nowhere/python'],
  }
  for (const [name, argv] of Object.entries(kernels)) {
    await installKernel(path, name, { language: 'python', argv })
  }
  return path
}
