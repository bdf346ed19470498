import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { notebookText, readNotebookText } from '../../src/storage/serialise.ts'
import { rewrittenNotebook, validateNotebook } from '../support/nbformat.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { executedNotebook } from './executed.ts'

describe('readNotebookText()', () => {
  test('reads what notebookText() wrote, and empty texts', () => {
    const text = notebookText(executedNotebook())
    const read = readNotebookText(text) ?? {}
    expect(JSON.stringify(read['cells'])).not.toMatch(/"(source|text)":\[/)
    expect(notebookText(read)).toBe(text)
    expect(readNotebookText('{"cells": [{"source": []}, 7]}')).toEqual({
      cells: [{ source: '' }, 7],
    })
  })

  test.each(['null', '[]', '{}', '{"cells": 1}'])('reads no notebook from %s', (text) => {
    expect(readNotebookText(text)).toBeNull()
  })
})

describe('notebookText()', () => {
  test('writes the same as nbformat', async () => {
    await using folder = await ScratchFolder.make('text')
    const [plain, ours] = [join(folder.path, 'plain.ipynb'), join(folder.path, 'ours.ipynb')]
    await writeFile(plain, JSON.stringify(executedNotebook()))
    const text = notebookText(executedNotebook())
    await writeFile(ours, text)
    await validateNotebook(ours)
    expect(JSON.parse(text)).toEqual(JSON.parse(await rewrittenNotebook(plain)))
    expect(text.split('\n')[1]).toMatch(/^ "/)
    expect(text.endsWith('}\n')).toBe(true)
  })

  test('leaves out fields that Jupyter keeps in memory only, without changing its argument', () => {
    const content = {
      metadata: { signature: 'sha256:0', orig_nbformat: 3, title: 'kept' },
      cells: [{ cell_type: 'raw', source: 'a', metadata: { trusted: false, tags: [] } }],
    }
    const before = structuredClone(content)
    expect(JSON.parse(notebookText(content))).toEqual({
      metadata: { title: 'kept' },
      cells: [{ cell_type: 'raw', source: ['a'], metadata: { tags: [] } }],
    })
    expect(content).toEqual(before)
  })

  test.each([
    ['', []],
    ['\n', ['\n']],
    ['a\n\nb', ['a\n', '\n', 'b']],
    ['a\r\nb\rc\u2028d', ['a\r\n', 'b\rc\u2028d']],
  ])('splits the source %j into lines that can be joined again', (source, lines) => {
    const written: unknown = JSON.parse(notebookText({ cells: [{ source }] }))
    expect(written).toEqual({ cells: [{ source: lines }] })
    expect(lines.join('')).toBe(source)
  })

  test('writes content of another shape unchanged', () => {
    const odd = { cells: ['text', { source: ['a'], outputs: ['b', { data: 1 }, { text: ['c'] }] }] }
    expect(JSON.parse(notebookText(odd))).toEqual(odd)
  })
})
