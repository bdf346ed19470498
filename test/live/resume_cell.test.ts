import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import type { RunEvent } from '../../src/events.ts'
import { type CellEnd, resumeCell } from '../../src/execution/cell_execution.ts'
import { ExecutedNotebook } from '../../src/execution/executed_notebook.ts'
import type { TimeLimit } from '../../src/execution/plan.ts'
import { executionCountOf } from '../../src/execution/receipt_check.ts'
import { executeRequest } from '../../src/jupyter/client_messages.ts'
import { tokenCredentials } from '../../src/jupyter/credentials.ts'
import { Kernel, type KnownKernel } from '../../src/jupyter/kernel.ts'
import { readNotebook } from '../../src/jupyter/nbformat.ts'
import { RunIds } from '../../src/jupyter/run_ids.ts'
import { JupyterServer as ServerClient } from '../../src/jupyter/server.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import { field, isRecord } from '../../src/util/record.ts'
import { describeWith } from '../support/describe_with.ts'
import { notebookOf } from '../support/fake_request.ts'
import type { JupyterOptions } from '../support/jupyter_process.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { installOptionalKernels } from '../support/kernels.ts'
import { neverAborts } from '../support/observe.ts'
import { Opened } from '../support/opened.ts'
import { rejectionOf } from '../support/rejection.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { until } from '../support/until.ts'

/** When the first process dies. */
type Death =
  | 'before it sends the cell'
  | 'right after it has sent the cell'
  | 'while the cell runs'
  | 'after it has received the reply'

interface Resumed {
  readonly end: CellEnd | null
  readonly events: readonly RunEvent[]
  /** How often the cell ran. */
  readonly times: number
}

/** Each counts its runs in the file, and goes on when there is another one that ends in "-go". */
const cells = {
  python3: (file: string, rest: string) => `import os, time
with open("${file}", "a") as f: f.write("x")
print("begun", flush=True)
while not os.path.exists("${file}-go"): time.sleep(0.02)
print("over", flush=True)
${rest}`,
  ir: (file: string) => `cat("x", file = "${file}", append = TRUE)
cat("begun\\n"); flush.console()
while (!file.exists("${file}-go")) Sys.sleep(0.02)
cat("over\\n")`,
  deno: (file: string) => `Deno.writeTextFileSync("${file}", "x", { append: true })
console.log("begun")
for (;;) {
  try { Deno.statSync("${file}-go"); break } catch { await new Promise((resolve) => setTimeout(resolve, 20)) }
}
console.log("over")`,
} as const

describe('on a current Jupyter Server', () => {
  const resume = resumeOn({})
  describe('in Python', () => {
    isResumed(resume, 'python3')
    isResumedInPython(resume)
    limitRanOut(resume)
    kernelIsGone(resume)
  })
  describeWith('r-kernel', 'in R', () => isResumed(resume, 'ir'))
  describeWith('deno', 'in TypeScript', () => {
    isResumed(resume, 'deno')

    test('it cannot be known how a cell ended whose reply is gone', async () => {
      const resumed = resume('deno', 'after it has received the reply')
      expect(await rejectionOf(resumed)).toMatchObject({ code: 'CONNECTION_LOST' })
    })
  })
})
describeWith('debian-jupyter', 'on Jupyter Server 1.23', () => {
  const resume = resumeOn({ kind: 'debian' })
  isResumed(resume, 'python3')
  isResumedInPython(resume)
})

type Resume = (
  kernelName: keyof typeof cells,
  death: Death,
  options?: ResumeOptions,
) => Promise<Resumed>

interface ResumeOptions {
  /** What a cell in Python does at its end. */
  readonly rest?: string
  /** The cell that the first process sends, and whose reply it receives, before it dies. */
  readonly next?: string
  /** What happens before the second process begins. */
  readonly meanwhile?: (kernel: KnownKernel, server: JupyterServer) => Promise<unknown>
  /** The time limit of the cell, which was sent an hour ago. */
  readonly limit?: TimeLimit | null
}

/** Starts a server before the tests; what it returns runs a cell there in two processes. */
function resumeOn(options: JupyterOptions): Resume {
  const opened = new Opened()
  let server: JupyterServer
  let client: ServerClient

  beforeAll(async () => {
    const { path } = opened.use(await ScratchFolder.make('kernels'))
    await installOptionalKernels(path)
    server = opened.use(await JupyterServer.start({ ...options, jupyterPath: [path] }))
    client = new ServerClient(new URL(`${server.url}/`), tokenCredentials(server.token))
  })
  afterAll(() => opened[Symbol.asyncDispose]())

  /** What a first process leaves of a kernel in which it has run one cell. */
  async function leaveKernel(name: string) {
    const runId = randomUUID()
    const ids = new RunIds(runId)
    const kernel = Kernel.create(client.kernels, { name, keep: true, ids })
    await kernel.start('n.ipynb', neverAborts)
    await kernel.connect(neverAborts)
    await kernel.request('1', { signal: neverAborts })
    const countBefore = await executionCountOf(kernel, { signal: neverAborts })
    const { known } = kernel
    await kernel.end(1_000, neverAborts)
    return { ids, known, countBefore }
  }

  /** Sends the cell as the first process, which dies then. */
  async function sendAndDie(
    id: string,
    ids: RunIds,
    { code, death, next }: { readonly code: string; readonly death: Death; readonly next?: string },
  ): Promise<void> {
    if (death === 'before it sends the cell') return
    const url = `ws://${server.host}/api/kernels/${id}/channels?session_id=${ids.session}`
    const socket = new WebSocket(url, { headers: { Authorization: `token ${server.token}` } })
    const seen: string[] = []
    socket.on('message', (data: Buffer) => {
      const message: unknown = JSON.parse(data.toString())
      if (!isRecord(message)) return
      seen.push(String(message['msg_type']))
      if (field(message['content'], 'execution_state') === 'idle') seen.push('idle')
    })
    await until('the connection', () => socket.readyState === WebSocket.OPEN || undefined)
    const request = ids.request(2, 1)
    socket.send(executeRequest(code, { stopOnError: true, id: request }, ids.session).text)
    if (death === 'while the cell runs') {
      await until('output', () => seen.includes('stream') || undefined)
    }
    if (death === 'after it has received the reply') {
      await until('the reply and the end', () => {
        const begun = seen.indexOf('execute_input')
        const isOver = begun !== -1 && seen.includes('idle', begun)
        return (isOver && seen.includes('execute_reply')) || undefined
      })
    }
    if (next !== undefined) {
      seen.length = 0
      socket.send(
        executeRequest(next, { stopOnError: true, id: ids.request(3, 1) }, ids.session).text,
      )
      await until('the next reply', () => seen.includes('execute_reply') || undefined)
    }
    // What was sent goes out, as it does when a process is killed.
    await new Promise((resolve) => setTimeout(resolve, 20))
    socket.terminate()
  }

  async function resume(
    kernelName: keyof typeof cells,
    death: Death,
    { rest = '', next, meanwhile = () => Promise.resolve(), limit = null }: ResumeOptions = {},
  ): Promise<Resumed> {
    const { ids, known, countBefore } = await leaveKernel(kernelName)
    const file = join(server.root, randomUUID())
    const source = cells[kernelName](file, rest)
    const goOn = () => writeFile(`${file}-go`, '')
    if (death === 'after it has received the reply') await goOn()
    await sendAndDie(known.id, ids, { code: source, death, ...(next !== undefined && { next }) })
    if (death === 'right after it has sent the cell') {
      await until('no connection', async () => {
        const kernel = (await server.kernels()).find(({ id }) => id === known.id)
        return kernel?.connections === 0 || undefined
      })
      await goOn()
    }
    await meanwhile(known, server)
    await using kernel = Kernel.ofEarlierProcess(client.kernels, known, { ids, keep: false })
    await kernel.reconnect(neverAborts)
    if (death === 'while the cell runs') await goOn()
    const facts = {
      path: '/n.ipynb',
      parameters: new Map(),
      maxOutputMegabytes: 64,
      redactor: createRedactor([]),
    }
    const executed = new ExecutedNotebook(readNotebook(notebookOf([source]), 'n.ipynb'), facts)
    const events: RunEvent[] = []
    const emit = (event: RunEvent) => void events.push(event)
    const execution = { kernel, executed, allowErrors: false, emit }
    const ref = { index: 0, id: null, source }
    const cell = { position: 2, ref, expectsError: false, limit }
    const sent = { request: ids.request(2, 1), countBefore, elapsedMs: 3_600_000 }
    const end = await resumeCell(execution, { cell, sent }, neverAborts)
    const times = await readFile(file, 'utf8').then(
      (text) => text.length,
      () => 0,
    )
    return { end, events, times }
  }

  return resume
}

const idle = ({ id }: KnownKernel, server: JupyterServer) =>
  until('the end of the cell', async () => {
    const kernels = await server.kernels()
    return kernels.find((kernel) => kernel.id === id)?.execution_state === 'idle' || undefined
  })

function limitRanOut(resume: Resume): void {
  const limit: TimeLimit = { ms: 1_000, source: '--cell-timeout' }

  test('a cell that ended meanwhile has its reply though its time limit ran out', async () => {
    const death = 'right after it has sent the cell'
    const { end } = await resume('python3', death, { meanwhile: idle, limit })
    expect(end).toMatchObject({ failure: null, reply: { status: 'ok' } })
  })

  test('a cell that was not sent may be sent though its time limit ran out', async () => {
    const { end } = await resume('python3', 'before it sends the cell', { limit })
    expect(end).toBeNull()
  })
}

function isResumed(resume: Resume, kernelName: keyof typeof cells): void {
  test('a cell that was not sent may be sent', async () => {
    const { end, times } = await resume(kernelName, 'before it sends the cell')
    expect({ end, times }).toEqual({ end: null, times: 0 })
  })

  test('a cell that ended meanwhile has its reply and its output', async () => {
    const meanwhile = idle
    const { end, events, times } = await resume(kernelName, 'right after it has sent the cell', {
      meanwhile,
    })
    // The first process may have received the beginning, which is said then.
    if (lossesIn(events) === 0) expect(textOf(end)).toBe('begun\nover\n')
    expect(textOf(end)).toContain('over')
    expect(times).toBe(1)
  })
}

function isResumedInPython(resume: Resume): void {
  test('what the first process had received of a cell that still runs is said to be missing', async () => {
    const { end, events, times } = await resume('python3', 'while the cell runs')
    expect(end).toMatchObject({ failure: null })
    expect(textOf(end)).toContain('over')
    expect({ losses: lossesIn(events), times }).toEqual({ losses: 1, times: 1 })
  })

  test('a cell whose reply is gone has ended as the kernel remembers', async () => {
    const { end, times } = await resume('python3', 'after it has received the reply')
    expect(end).toMatchObject({ failure: null, reply: { status: 'ok' }, executionCount: 2 })
    expect(times).toBe(1)
  })

  test('a cell that was followed by another one has an unknown end, though a thread of it prints', async () => {
    const death = 'after it has received the reply'
    const rest = `import threading
kernel = get_ipython().kernel
parent = kernel.get_parent()
def late():
    for _ in range(3_000):
        late = {"name": "stdout", "text": "late"}
        kernel.session.send(kernel.iopub_socket, "stream", late, parent=parent)
        time.sleep(0.01)
threading.Thread(target=late, daemon=True).start()`
    const resumed = resume('python3', death, { rest, next: '"next"' })
    expect(await rejectionOf(resumed)).toMatchObject({ code: 'CONNECTION_LOST' })
  })

  test('a failure whose reply is gone is a failure', async () => {
    const rest = 'raise ValueError("no more")'
    const { end } = await resume('python3', 'after it has received the reply', { rest })
    expect(end?.failure).toMatchObject({ code: 'CELL_FAILED', ename: 'ValueError' })
    expect(end?.failure?.traceback?.join('\n')).not.toContain('last_execution_result')
  })
}

const restart = ({ id }: KnownKernel, server: JupyterServer) =>
  server.request('POST', `/api/kernels/${id}/restart`)

const remove = ({ id }: KnownKernel, server: JupyterServer) =>
  server.request('DELETE', `/api/kernels/${id}`)

function kernelIsGone(resume: Resume): void {
  test('a kernel that was restarted meanwhile is another process', async () => {
    const meanwhile = restart
    const resumed = resume('python3', 'while the cell runs', { meanwhile })
    expect(await rejectionOf(resumed)).toMatchObject({
      code: expect.stringMatching(/^KERNEL_(DIED|GONE)$/),
    })
  })

  test('a kernel that was deleted meanwhile is gone', async () => {
    const meanwhile = remove
    const resumed = resume('python3', 'while the cell runs', { meanwhile })
    expect(await rejectionOf(resumed)).toMatchObject({ code: 'KERNEL_GONE' })
  })
}

function textOf(end: CellEnd | null): string {
  const outputs = end?.outputs.all ?? []
  return outputs.map((output) => (output.output_type === 'stream' ? output.text : '')).join('')
}

function lossesIn(events: readonly RunEvent[]): number {
  return events.filter((event) => event.type === 'warning' && event.outputLost).length
}
