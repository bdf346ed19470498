import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { errorCodes } from '../../src/errors.ts'
import { tokenCredentials } from '../../src/jupyter/credentials.ts'
import { ContentsApi } from '../../src/jupyter/contents.ts'
import { JupyterServer } from '../../src/jupyter/server.ts'
import { parseDestination } from '../../src/storage/destinations.ts'
import { saveNotebook } from '../../src/storage/save.ts'
import { JupyterServer as LiveServer } from '../support/jupyter_server.ts'
import { validateNotebook } from '../support/nbformat.ts'
import { neverAborts } from '../support/observe.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { StorageServer } from '../support/storage_server.ts'
import { until } from '../support/until.ts'
import { executedNotebook } from './executed.ts'

const content = executedNotebook()
const tools = { maskPage: (html: string) => html, hidesInput: false, protectedAddresses: [] }

let live: LiveServer
let storage: StorageServer
let folder: ScratchFolder

beforeAll(async () => {
  folder = await ScratchFolder.make('save')
  await mkdir(join(folder.path, 'nbconvert'))
  await writeFile(join(folder.path, 'nbconvert/__init__.py'), 'raise ImportError("not here")\n')
  await writeFile(join(folder.path, 'file'), '')
  storage = await StorageServer.start('results')
})

afterAll(async () => {
  await storage[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

function save(texts: readonly string[], signal = neverAborts) {
  const server = new JupyterServer(new URL(`${live.url}/`), tokenCredentials(live.token))
  const context = { allowFiles: true, folder: '/', storageEmulator: storage.url }
  const destinations = texts.map((text) => parseDestination(text, context))
  return saveNotebook(content, destinations, { ...tools, server }, signal)
}

describe('saveNotebook()', () => {
  beforeAll(async () => {
    live = await LiveServer.start()
  })
  afterAll(async () => await live[Symbol.asyncDispose]())

  test('saves the notebook and its page at every kind of destination', async () => {
    const file = `file:${folder.path}/all/a`
    const places = ['/all/a', 'gs://results/all/a', file].flatMap((place) => [
      `${place}.ipynb`,
      `${place}.html`,
    ])
    expect(await save(places)).toEqual({ outputs: places, warnings: [], failures: [] })
    await validateNotebook(join(folder.path, 'all/a.ipynb'))
    await validateNotebook(join(live.root, 'all/a.ipynb'))
    const own = await readFile(join(folder.path, 'all/a.ipynb'))
    expect(storage.objects.get('results/all/a.ipynb')?.bytes.equals(own)).toBe(true)
    const page = await readFile(join(folder.path, 'all/a.html'))
    expect(page.toString()).toContain('second größe 日本')
    expect(storage.objects.get('results/all/a.html')?.bytes.equals(page)).toBe(true)
    expect((await readFile(join(live.root, 'all/a.html'))).equals(page)).toBe(true)
  })

  test('saves the others when one destination fails', async () => {
    const broken = ['gs://other/a.ipynb', `file:${folder.path}/file/a.ipynb`, '/all/b.ipynb']
    const { outputs, warnings, failures } = await save([...broken, 'gs://results/b.ipynb'])
    expect(outputs).toEqual(['/all/b.ipynb', 'gs://results/b.ipynb'])
    expect(warnings).toEqual([])
    expect(failures.map(({ code }) => code)).toEqual(['OUTPUT_NOT_SAVED', 'OUTPUT_NOT_SAVED'])
    expect(failures.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^Cannot save "gs:\/\/other\/a.ipynb": there is no bucket "other"/),
      expect.stringMatching(/^Cannot save "file:.*\/file\/a.ipynb": one of its folders is a file$/),
    ])
    expect(errorCodes.OUTPUT_NOT_SAVED).toMatchObject({ redelivered: false, exitStatus: 3 })
  })

  test('saves once to a destination that is given twice', async () => {
    const before = storage.answers.length
    const { outputs } = await save(['gs://results/c.ipynb', 'gs://results//c.ipynb'])
    expect(outputs).toEqual(['gs://results/c.ipynb'])
    expect(storage.answers).toHaveLength(before + 1)
  })

  test('reports every destination when its signal aborts, and does not throw', async () => {
    const places = ['/stopped.ipynb', '/stopped.html', 'gs://results/stopped.ipynb']
    const { outputs, failures } = await save(places, AbortSignal.abort(new Error('stopped')))
    expect(outputs).toEqual([])
    expect(failures.map(({ message }) => message)).toEqual(
      places.map((place) => expect.stringContaining(`Cannot save "${place}": the run was stopped`)),
    )
  })

  test('stops waiting for a destination that ignores its signal', async () => {
    class DeafContents extends ContentsApi {
      override readonly save = () => new Promise<never>(() => undefined)
    }
    const { rest, nbconvert } = new JupyterServer(
      new URL(`${live.url}/`),
      tokenCredentials(live.token),
    )
    const server = { contents: new DeafContents(rest), nbconvert }
    const path = join(folder.path, 'heeds.ipynb')
    const file = `file:${path}`
    const places = ['/deaf.ipynb', file].map((place) =>
      parseDestination(place, { allowFiles: true, folder: '/' }),
    )
    const stopping = new AbortController()
    const saving = saveNotebook(content, places, { ...tools, server }, stopping.signal)
    await until('the file', () => existsSync(path) || undefined)
    await pause(500) // in which the save of the file ends
    stopping.abort(new Error('stopped'))
    const { outputs, failures } = await saving
    expect([outputs, failures.length]).toEqual([[file], 1])
  })

  test('reports a notebook that cannot be serialised as not saved', async () => {
    const circle: Record<string, unknown> = { cells: [] }
    circle['metadata'] = circle
    const server = new JupyterServer(new URL(`${live.url}/`), tokenCredentials(live.token))
    const places = [parseDestination('/circle.ipynb', { allowFiles: true, folder: '/' })]
    const { failures } = await saveNotebook(circle, places, { ...tools, server }, neverAborts)
    expect(failures[0]?.code).toBe('OUTPUT_NOT_SAVED')
    expect(failures[0]?.message).toContain('Cannot save "/circle.ipynb": ')
  })

  test('does nothing without a destination', async () => {
    expect(await save([])).toEqual({ outputs: [], warnings: [], failures: [] })
  })
})

describe('saveNotebook() with a server without nbconvert', () => {
  beforeAll(async () => {
    live = await LiveServer.start({ env: { PYTHONPATH: folder.path } })
  })
  afterAll(async () => await live[Symbol.asyncDispose]())

  test('saves the notebook instead of the page, and warns', async () => {
    const { outputs, warnings, failures } = await save(['/no/a.html', 'gs://results/no/a.html'])
    expect(outputs).toEqual(['/no/a.ipynb', 'gs://results/no/a.ipynb'])
    expect(warnings).toEqual([
      expect.stringMatching(/nbconvert fails \(500\).*; "\/no\/a.ipynb" is saved in place/),
      expect.stringMatching(/; "gs:\/\/results\/no\/a.ipynb" is saved in place of the page$/),
    ])
    expect(failures).toEqual([])
    await validateNotebook(join(live.root, 'no/a.ipynb'))
    expect(await readdir(join(live.root, 'no'))).not.toContain('a.html')
  })

  test('saves it once when the notebook is requested as well', async () => {
    const before = storage.answers.length
    const places = ['gs://results/two/a.html', 'gs://results/two/a.ipynb']
    const { outputs, warnings } = await save(places)
    expect(outputs).toEqual(['gs://results/two/a.ipynb'])
    expect(warnings).toHaveLength(1)
    expect(storage.answers).toHaveLength(before + 1)
  })
})
