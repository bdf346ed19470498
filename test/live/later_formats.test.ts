import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunReport } from '../../src/events.ts'
import { command } from '../support/command.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { notebookOf } from '../support/notebook_file.ts'
import { Opened } from '../support/opened.ts'

interface Saved {
  readonly cells: readonly Readonly<Record<string, unknown>>[]
  readonly metadata: { readonly papermill: { readonly parameters: unknown } }
}

describe('a notebook on a live server', () => {
  const opened = new Opened()
  let server: JupyterServer

  beforeAll(async () => {
    server = opened.use(await JupyterServer.start())
  })
  afterAll(() => opened[Symbol.asyncDispose]())

  const pathOf = (name: string) => join(server.root, name)

  async function saved(name: string): Promise<Saved> {
    return JSON.parse(await readFile(pathOf(name), 'utf8'))
  }

  async function reportOf(...args: readonly string[]): Promise<RunReport> {
    const env = { JUPYTER_TOKEN: server.token }
    return JSON.parse((await command([server.host, ...args, '--json'], env)).stdout)
  }

  test('with a cell of a future type runs, and keeps that cell unchanged', async () => {
    const drawing = {
      cell_type: 'drawing',
      id: 'd',
      metadata: { zoom: 2 },
      source: 'circle 1',
      shapes: [{ radius: 1 }],
    }
    const content = notebookOf(['a = 1', 'a + 1'])
    const cells = 'cells' in content && Array.isArray(content.cells) ? content.cells : []
    const text = JSON.stringify({ ...content, cells: [cells[0], drawing, cells[1]] })
    await writeFile(pathOf('drawing.ipynb'), text)
    const outputs = ['-o', '/drawn.ipynb', '-o', '/drawn.html']
    const report = await reportOf('/drawing.ipynb', ...outputs)
    expect(report).toMatchObject({
      outcome: 'succeeded',
      cells: { total: 2, executed: 2 },
      result: { data: { 'text/plain': '2' } },
      warnings: [
        'Cell 1 has the type "drawing", which nbformat 4 does not have: it is kept as it is',
      ],
    })
    const kept = (await saved('drawn.ipynb')).cells[1]
    expect({ ...kept, source: [kept?.['source']].flat().join('') }).toEqual(drawing)
    const page = await readFile(pathOf('drawn.html'), 'utf8')
    expect(page).toMatch(/^<!DOCTYPE html>/i)
    expect(page).toContain('circle 1')
    expect(page).toContain('<pre>2</pre>')
  })

  test('that was run with parameters keeps them when it runs again without any', async () => {
    await server.writeNotebook('hello.ipynb', ['msg'])
    await reportOf('/hello.ipynb', '-p', 'msg', 'Hello', '-o', '/hello1.ipynb')
    const report = await reportOf('/hello1.ipynb', '-o', '/hello2.ipynb')
    expect(report.result?.data).toMatchObject({ 'text/plain': "'Hello'" })
    expect((await saved('hello2.ipynb')).metadata.papermill.parameters).toEqual({ msg: 'Hello' })
  })
})
