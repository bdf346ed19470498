import { describe, expect, test } from '@jest/globals'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Certificate } from './certificate.ts'
import { describeWith } from './describe_with.ts'
import type { JupyterOptions } from './jupyter_process.ts'
import { JupyterServer } from './jupyter_server.ts'
import { installDenoKernel, installKernel, installRKernel, quickKernels } from './kernels.ts'
import { executeSource, startKernel } from './live_kernel.ts'
import { descendantsOf, isRunning } from './processes.ts'
import { ScratchFolder } from './scratch_folder.ts'
import { until } from './until.ts'

const limitMs = 300_000

describe('JupyterServer', () => {
  test(
    'start() serves the reference notebook and those that are written',
    async () => {
      await using server = await JupyterServer.start()
      expect(await contentOf(server, 'workspaces/JupyterAPI_Test.ipynb')).toMatch('add(5, 10)')
      await server.writeNotebook('deep/in/a folder/x.ipynb', ['1 + 1'])
      expect(await contentOf(server, 'deep/in/a%20folder/x.ipynb')).toMatch('1 + 1')
      expect((await server.request('GET', '/api/contents/none.ipynb')).status).toBe(404)
      expect(await server.kernels()).toEqual([])
    },
    limitMs,
  )

  test(
    'kernels() lists them while others start, when Jupyter Server has no answer for a moment',
    async () => {
      await using server = await JupyterServer.start()
      const post = () => server.request('POST', '/api/kernels', {})
      const started = Promise.all([post(), post(), post()])
      const listed = async () => (await server.kernels()).length === 3 || undefined
      await until('three kernels', listed, limitMs)
      expect((await started).map(({ status }) => status)).toEqual([201, 201, 201])
    },
    limitMs,
  )

  test(
    'gives its kernels ports that the system gives to nobody else',
    () => givesKernelsPorts({}),
    limitMs,
  )

  test(
    'leaves no server, no kernel and no folder when disposed',
    () => leavesNothing('python3'),
    limitMs,
  )
})

describeWith('debian-jupyter', "JupyterServer with Debian's packages", () => {
  test(
    'gives its kernels ports that the system gives to nobody else',
    () => givesKernelsPorts({ kind: 'debian' }),
    limitMs,
  )

  test(
    'leaves no server, no kernel and no folder when disposed',
    () => leavesNothing('python3', { kind: 'debian' }),
    limitMs,
  )
})

describeWith(['r-kernel', 'deno'], 'JupyterServer with kernels for R and TypeScript', () => {
  test.each(['ir', 'deno'])(
    'leaves no kernel "%s" when disposed',
    async (kernelName) => {
      await using folder = await ScratchFolder.make('kernels')
      await installRKernel(folder.path)
      await installDenoKernel(folder.path)
      await leavesNothing(kernelName, { jupyterPath: [folder.path] })
    },
    limitMs,
  )
})

describeWith('openssl', 'JupyterServer with a certificate', () => {
  test(
    'start() serves https',
    async () => {
      await using tls = await Certificate.make()
      await using server = await JupyterServer.start({ tls })
      expect(server.url).toBe(`https://${server.host}`)
      expect(await server.kernels()).toEqual([])
    },
    limitMs,
  )
})

describe('a Python kernel', () => {
  test(
    'is to a cell the same when it is forked as when it is started',
    async () => {
      await using folder = await ScratchFolder.make('kernels')
      const argv = ['python', '-u', quickKernels, '-f', '{connection_file}']
      await installKernel(folder.path, 'started', { language: 'python', argv })
      await using server = await JupyterServer.start({ jupyterPath: [folder.path] })
      const [forked, started] = await Promise.all(
        ['python3', 'started'].map((kernel) => factsOf(server, kernel)),
      )
      expect(forked).toEqual({ ...started, program: expect.stringContaining('quick_jupyter.py') })
      expect(started?.program).toContain('quick_kernels.py')
      const { pid: parent } = server
      expect(forked).toMatchObject({ parent, watched: parent, session: true, stdin: '' })
    },
    limitMs,
  )
})

/** Prints as JSON what a cell can find out about its process. */
const facts = `import json, os, signal, sys
from ipykernel.kernelapp import IPKernelApp
print(json.dumps({
    'parent': os.getppid(),
    'watched': IPKernelApp.instance().parent_handle,
    'session': os.getsid(0) == os.getpid(),
    'group': os.getpgid(0) == os.getpid(),
    'stdin': os.read(0, 1).decode(),
    'interrupt': str(signal.getsignal(signal.SIGINT)),
    'folder': os.getcwd(),
    'environment': dict(os.environ),
    'argv': sys.argv[:2],
    'program': open('/proc/self/cmdline').read(),
    'executable': sys.executable,
    'path': sys.path,
    'modules': sorted(sys.modules),
}))`

async function factsOf(server: JupyterServer, name: string): Promise<{ program: string }> {
  await using kernel = await startKernel(server, name)
  const { end } = await executeSource(kernel, facts)
  const [output] = end.outputs.all
  return JSON.parse(output?.output_type === 'stream' ? output.text : '')
}

async function contentOf(server: JupyterServer, path: string): Promise<string> {
  const { status, body } = await server.request('GET', `/api/contents/${path}`)
  expect(status).toBe(200)
  return body
}

async function givesKernelsPorts(options: JupyterOptions): Promise<void> {
  await using server = await JupyterServer.start(options)
  const { body } = await server.request('POST', '/api/kernels', { name: 'python3' })
  const { id }: { readonly id: string } = JSON.parse(body)
  const file = join(server.root, `../runtime/kernel-${id}.json`)
  const connection: Readonly<Record<string, unknown>> = JSON.parse(await readFile(file, 'utf8'))
  const named = Object.entries(connection).filter(([name]) => name.endsWith('_port'))
  const ports = named.map(([, port]) => Number(port))
  expect(new Set(ports).size).toBe(5)
  for (const port of ports) expect(port).toBeLessThan(32_768)
}

async function leavesNothing(
  name: string,
  options?: Parameters<typeof JupyterServer.start>[0],
): Promise<void> {
  const server = await JupyterServer.start(options)
  const before = [server.pid, ...descendantsOf(server.pid)]
  const pids: number[] = []
  try {
    expect((await server.request('POST', '/api/kernels', { name })).status).toBe(201)
    pids.push(...(await until('the kernel', () => processesOf(server, before))))
    expect(await server.kernels()).toMatchObject([{ name }])
  } finally {
    await server[Symbol.asyncDispose]()
  }
  expect([...before, ...pids].filter(isRunning)).toEqual([])
  expect(existsSync(server.root)).toBe(false)
}

/** Those that were started since; the process that forks kernels is there before. */
function processesOf(
  { pid }: JupyterServer,
  before: readonly number[],
): readonly number[] | undefined {
  const pids = descendantsOf(pid).filter((each) => !before.includes(each))
  return pids.length > 0 ? pids : undefined
}
