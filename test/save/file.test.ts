import { lstat, mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { notebookDocument, pageDocument } from '../../src/save/document.ts'
import { saveToFile } from '../../src/save/file.ts'
import { validateNotebook } from '../support/nbformat.ts'
import { never } from '../support/observe.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { executedNotebook } from './executed.ts'

const page = pageDocument('<p>größe</p>')

function fileAt(...parts: readonly string[]) {
  return { type: 'file', format: 'html', path: join(...parts) } as const
}

describe('saveToFile()', () => {
  test('makes folders, replaces what is there, and leaves nothing beside it', async () => {
    await using folder = await ScratchFolder.make('file')
    const place = fileAt(folder.path, 'new folder/größe/a.html')
    await saveToFile(place, pageDocument('old and longer'), never)
    await saveToFile(place, page, never)
    expect(await readFile(place.path, 'utf8')).toBe('<p>größe</p>')
    expect(await readdir(join(folder.path, 'new folder/größe'))).toEqual(['a.html'])
  })

  test('writes a notebook that nbformat finds valid', async () => {
    await using folder = await ScratchFolder.make('file')
    const path = join(folder.path, 'a.ipynb')
    const place = { type: 'file', format: 'ipynb', path } as const
    await saveToFile(place, notebookDocument(executedNotebook()), never)
    await expect(validateNotebook(path)).resolves.toBeUndefined()
  })

  test.each([
    ['a folder is a file', ['file', 'a.html'], 'one of its folders is a file'],
    ['a folder above is a file', ['file', 'b', 'a.html'], 'one of its folders is a file'],
    ['the file is a folder', ['folder'], 'there is a folder of this name'],
    ['the name is too long', [`${'a'.repeat(300)}.html`], 'the name is too long'],
    ['a link leads in a circle', ['circle', 'a.html'], 'the system says ELOOP'],
  ])('says what is so when %s', async (_, parts, reason) => {
    await using folder = await ScratchFolder.make('file')
    await writeFile(join(folder.path, 'file'), 'kept')
    await mkdir(join(folder.path, 'folder'))
    await symlink('circle', join(folder.path, 'circle'))
    const place = fileAt(folder.path, ...parts)
    await expect(saveToFile(place, page, never)).rejects.toMatchObject({
      code: 'OUTPUT_NOT_SAVED',
      message: `Cannot save "file:${place.path}": ${reason}`,
    })
    expect((await readdir(folder.path)).toSorted()).toEqual(['circle', 'file', 'folder'])
    expect(await readFile(join(folder.path, 'file'), 'utf8')).toBe('kept')
  })

  test('keeps what only its owner may read so, also behind a link, which stays one', async () => {
    await using folder = await ScratchFolder.make('file')
    const owned = join(folder.path, 'owned.html')
    const link = fileAt(folder.path, 'latest.html')
    await writeFile(owned, 'old', { mode: 0o600 })
    await symlink('owned.html', link.path)
    await saveToFile(link, page, never)
    expect(await readFile(owned, 'utf8')).toBe('<p>größe</p>')
    expect((await stat(owned)).mode & 0o777).toBe(0o600)
    expect((await lstat(link.path)).isSymbolicLink()).toBe(true)
    expect((await readdir(folder.path)).toSorted()).toEqual(['latest.html', 'owned.html'])
  })

  test('keeps the old file when it is stopped', async () => {
    await using folder = await ScratchFolder.make('file')
    const place = fileAt(folder.path, 'a.html')
    await writeFile(place.path, 'old')
    const stopping = new AbortController()
    const saving = saveToFile(place, page, stopping.signal)
    stopping.abort(new Error('stopped'))
    await expect(saving).rejects.toThrow('stopped')
    expect(await readdir(folder.path)).toEqual(['a.html'])
    expect(await readFile(place.path, 'utf8')).toBe('old')
  })
})
