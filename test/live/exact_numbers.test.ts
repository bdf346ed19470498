import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parseJson } from '../../src/util/json.ts'
import { runCommand } from '../support/command_run.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { rewrittenNotebook } from '../support/nbformat.ts'
import { Opened } from '../support/opened.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'

const big = 98765432109876543210987n
const token = '1234567890123456789'
const opened = new Opened()
let server: JupyterServer
let folder: string

beforeAll(async () => {
  server = opened.use(await JupyterServer.start())
  folder = opened.use(await ScratchFolder.make('numbers')).path
}, 60_000)
afterAll(() => opened[Symbol.asyncDispose]())

const metadata = { mine: { number: big, list: [big, 1.5] } }
const cell = [
  `data = {"a": ${big}, "b": [1, -${big}], "c": 1.5, "d": int(number_secret)}`,
  'from IPython.display import display',
  'display({"application/json": data}, raw=True, metadata={"width": data["a"]})',
].join('\n')

/** Runs a notebook with such integers in its metadata, and gives all that is left of the run. */
async function run() {
  const source = { type: 'code', source: cell, metadata } as const
  await server.writeNotebook('big.ipynb', [source], { metadata })
  const file = join(folder, 'out.ipynb')
  const args = [server.host, '/big.ipynb', '-o', '/saved/big.ipynb', '-o', `file:${file}`]
  const flags = ['-p', 'number', String(big), '--secret', 'number_secret', 'SECRET_NUMBER']
  const { report, output, status } = await runCommand([...args, ...flags, '--verbose'], {
    token: server.token,
    env: { SECRET_NUMBER: token },
  })
  const saved = await readFile(file, 'utf8')
  const kept = await readFile(join(server.root, 'saved/big.ipynb'), 'utf8')
  return { report, output, status, file, saved, kept }
}

describe('integers beyond 2^53', () => {
  test('arrive with all digits in the report and in every saved notebook', async () => {
    const { report, output, status, file, saved, kept } = await run()
    expect(report).toMatchObject({ outcome: 'succeeded', outputComplete: true })
    expect(status).toBe(0)
    const data = { a: big, b: [1, -big], c: 1.5, d: '[redacted]' }
    const reported: unknown = parseJson(output.split('\n').find((line) => line[0] === '{') ?? '')
    expect(reported).toMatchObject({ result: { data: { 'application/json': data } } })
    for (const text of [saved, kept, await rewrittenNotebook(file)]) {
      expect(text).not.toContain(token)
      expect(parseJson(text)).toMatchObject({
        metadata: { ...metadata, papermill: { parameters: { number: big } } },
        cells: [
          { metadata: { tags: ['injected-parameters'] } },
          {
            metadata,
            outputs: [{ data: { 'application/json': data }, metadata: { width: big } }],
          },
        ],
      })
    }
  })
})
