import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findLocalServers, type Machine, runtimeFolder } from '../../src/cli/local_servers.ts'
import { FakeJupyter } from '../support/fake_jupyter.ts'
import { neverAborts } from '../support/observe.ts'
import { Opened } from '../support/opened.ts'
import { freePort } from '../support/port.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'

const machine: Machine = {
  env: {},
  platform: 'linux',
  home: '/home/ann',
  folder: '/',
  userId: process.getuid?.() ?? null,
  isRunning: () => true,
}

describe('runtimeFolder()', () => {
  test.each([
    { name: 'on Linux', given: {}, expected: '/home/ann/.local/share/jupyter/runtime' },
    {
      name: 'with XDG_DATA_HOME',
      given: { env: { XDG_DATA_HOME: '/data' } },
      expected: '/data/jupyter/runtime',
    },
    {
      name: 'with XDG_RUNTIME_DIR, which Jupyter does not use',
      given: { env: { XDG_RUNTIME_DIR: '/run/user/1' } },
      expected: '/home/ann/.local/share/jupyter/runtime',
    },
    {
      name: 'with JUPYTER_DATA_DIR',
      given: { env: { JUPYTER_DATA_DIR: '/j', XDG_DATA_HOME: '/data' } },
      expected: '/j/runtime',
    },
    {
      name: 'with JUPYTER_RUNTIME_DIR',
      given: { env: { JUPYTER_RUNTIME_DIR: '/r', JUPYTER_DATA_DIR: '/j' } },
      expected: '/r',
    },
    {
      name: 'on macOS',
      given: { platform: 'darwin', env: { XDG_DATA_HOME: '/data' } },
      expected: '/home/ann/Library/Jupyter/runtime',
    },
    {
      name: 'on macOS with JUPYTER_PLATFORM_DIRS',
      given: { platform: 'darwin', env: { JUPYTER_PLATFORM_DIRS: '1' } },
      expected: '/home/ann/Library/Application Support/jupyter/runtime',
    },
    {
      name: 'on Windows',
      given: { platform: 'win32', env: { APPDATA: '/roaming' } },
      expected: '/roaming/jupyter/runtime',
    },
    {
      name: 'on Windows without APPDATA',
      given: { platform: 'win32' },
      expected: '/home/ann/.jupyter/data/runtime',
    },
  ] as const)('is where jupyter_core has it $name', ({ given, expected }) => {
    expect(runtimeFolder({ ...machine, ...given })).toBe(expected)
  })
})

describe('findLocalServers()', () => {
  const opened = new Opened()
  let folder: string
  let jupyter: FakeJupyter

  beforeAll(async () => {
    folder = opened.use(await ScratchFolder.make('runtime')).path
    jupyter = opened.use(await FakeJupyter.start(['1']))
  })
  afterAll(() => opened[Symbol.asyncDispose]())

  /** The servers found when this is the only file of the runtime folder. */
  async function found(
    file: { readonly name?: string; readonly info: unknown },
    changes: Partial<Machine> = {},
  ) {
    const runtime = join(folder, `${Math.random()}`)
    await mkdir(runtime)
    const { name = 'jpserver-7.json', info } = file
    await writeFile(join(runtime, name), typeof info === 'string' ? info : JSON.stringify(info))
    const env = { JUPYTER_RUNTIME_DIR: runtime }
    return await findLocalServers({ ...machine, env, ...changes }, neverAborts)
  }

  function infoOf(changes: object = {}) {
    const { href, port } = jupyter.url
    const usual = { url: href, hostname: '127.0.0.1', port: Number(port), token: 'tok', pid: 7 }
    return { ...usual, root_dir: folder, ...changes }
  }

  test('finds a server of this user that answers', async () => {
    expect(await found({ info: infoOf() })).toEqual([
      { url: jupyter.url, token: 'tok', root: folder, realRoot: folder },
    ])
  })

  test('finds one of Jupyter Notebook 6, by its folder of another name', async () => {
    const old = infoOf({ root_dir: undefined, notebook_dir: folder })
    expect(await found({ name: 'nbserver-7.json', info: old })).toHaveLength(1)
  })

  test('calls one that listens everywhere at localhost', async () => {
    const wild = infoOf({ url: jupyter.url.href.replace('127.0.0.1', 'box'), hostname: '0.0.0.0' })
    const [server] = await found({ info: wild })
    expect(server?.url.hostname).toBe('localhost')
  })

  test.each([
    { name: 'a file of another user', changes: { userId: 4_242_424 } },
    { name: 'a process that has ended', changes: { isRunning: () => false } },
  ])('passes over $name', async ({ changes }) => {
    expect(await found({ info: infoOf() }, changes)).toEqual([])
  })

  test.each([
    { name: 'a file that is being written', info: '{"url": "htt' },
    { name: 'a file that is no object', info: [] },
    { name: 'a file without a process', info: { url: 'http://127.0.0.1:1/' } },
    { name: 'a server on a socket', info: { url: 'http+unix://%2Frun', pid: 7, root_dir: '/' } },
  ])('passes over $name', async (file) => {
    expect(await found(file)).toEqual([])
  })

  test('passes over other files of the folder', async () => {
    expect(await found({ name: 'kernel-7.json', info: infoOf() })).toEqual([])
  })

  test('passes over a server that does not answer', async () => {
    const url = `http://127.0.0.1:${await freePort()}/`
    expect(await found({ info: infoOf({ url, port: undefined }) })).toEqual([])
  })

  test('finds none where Jupyter was never used', async () => {
    const env = { JUPYTER_RUNTIME_DIR: join(folder, 'nowhere') }
    expect(await findLocalServers({ ...machine, env }, neverAborts)).toEqual([])
  })
})
