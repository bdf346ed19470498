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
    ['its value', `'it'`, 'it'],
    ['with quotes', `"it's" + ' "it"'`, `it's "it"`],
    ['of two lines', String.raw`'größe\n\t\\n🙂'`, 'größe\n\t\\n🙂'],
    ['printed', `print('it')`, 'it'],
    ['printed with quotes', `print("'it'")`, "'it'"],
    ['printed on two lines', String.raw`print('a\n b\n')`, 'a\n b\n'],
    ['a number', '15', '15'],
    ['a list', `['a', 1]`, "['a', 1]"],
  ])('from python3: %s', async (_, source, text) => {
    expect(await passedOn(pythonKernel, source)).toBe(text)
  })

  describeWith('r-kernel', 'ir', () => {
    test.each([
      ['its value', String.raw`"say \"größe\"\n"`, 'say "größe"\n'],
      ['printed', String.raw`cat("it\n")`, 'it'],
    ])('from ir: %s', async (_, source, text) => {
      expect(await passedOn(rKernel, source)).toBe(text)
    })
  })

  describeWith('deno', 'deno', () => {
    test.each([
      ['its value', String.raw`'say "größe"\n'`, 'say "größe"\n'],
      ['printed', `console.log('it')`, 'it'],
    ])('from deno: %s', async (_, source, text) => {
      expect(await passedOn(denoKernel, source)).toBe(text)
    })
  })
})
