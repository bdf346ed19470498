import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { jsonText } from '../../src/util/json.ts'
import { parseSource } from '../../src/sources/sources.ts'
import { deliver } from '../support/deliver.ts'
import { describeWith } from '../support/describe_with.ts'
import { plainRequest, serverConfig } from '../support/fake_request.ts'
import { FunctionProcess } from '../support/function_process.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { installOptionalKernels } from '../support/kernels.ts'
import { observeRun } from '../support/observe.ts'
import { Opened } from '../support/opened.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { denoKernel, pythonKernel, rKernel, type ShowingLanguage } from './translated.ts'

describe('a text result of one notebook is passed to the next', () => {
  const opened = new Opened()
  let server: JupyterServer
  let next: FunctionProcess

  beforeAll(async () => {
    const { path } = opened.use(await ScratchFolder.make('kernels'))
    await installOptionalKernels(path)
    server = opened.use(await JupyterServer.start({ jupyterPath: [path] }))
    await server.writeNotebook('next.ipynb', ['import json; print(json.dumps(v), end="")'])
    const NBTRIGGER_NEXT = '/next.ipynb -r v {result}'
    const env = { JUPYTER_SERVER: server.host, JUPYTER_TOKEN: server.token, NBTRIGGER_NEXT }
    next = opened.use(await FunctionProcess.start({ env }))
  })
  afterAll(() => opened[Symbol.asyncDispose]())

  /** What the next notebook gets when this is the first one's last cell. */
  async function passedOn(language: ShowingLanguage, source: string): Promise<unknown> {
    await server.writeNotebook('first.ipynb', [source], language)
    const { report } = await observeRun({
      ...plainRequest,
      server: serverConfig(new URL(server.url), server.token),
      notebook: parseSource('/first.ipynb'),
      runTimeoutMs: 60_000,
      startTimeoutMs: 60_000,
    })
    const after = await deliver(next, jsonText(report))
    const { result } = after.report
    return JSON.parse(String(Object(result).data?.['text/plain']))
  }

  test.each([
    { name: 'its value', source: `'it'`, text: 'it' },
    { name: 'with quotes', source: `"it's" + ' "it"'`, text: `it's "it"` },
    { name: 'of two lines', source: String.raw`'größe\n\t\\n🙂'`, text: 'größe\n\t\\n🙂' },
    { name: 'printed', source: `print('it')`, text: 'it' },
    { name: 'printed with quotes', source: `print("'it'")`, text: "'it'" },
    { name: 'printed on two lines', source: String.raw`print('a\n b\n')`, text: 'a\n b\n' },
    { name: 'a number', source: '15', text: '15' },
    { name: 'a list', source: `['a', 1]`, text: "['a', 1]" },
  ])('from python3: $name', async ({ source, text }) => {
    expect(await passedOn(pythonKernel, source)).toBe(text)
  })

  describeWith('r-kernel', 'ir', () => {
    test.each([
      { name: 'its value', source: String.raw`"say \"größe\"\n"`, text: 'say "größe"\n' },
      { name: 'printed', source: String.raw`cat("it\n")`, text: 'it' },
    ])('from ir: $name', async ({ source, text }) => {
      expect(await passedOn(rKernel, source)).toBe(text)
    })
  })

  describeWith('deno', 'deno', () => {
    test.each([
      { name: 'its value', source: String.raw`'say "größe"\n'`, text: 'say "größe"\n' },
      { name: 'printed', source: `console.log('it')`, text: 'it' },
    ])('from deno: $name', async ({ source, text }) => {
      expect(await passedOn(denoKernel, source)).toBe(text)
    })
  })
})
