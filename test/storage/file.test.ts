import {
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { saveToFile } from '../../src/storage/file.ts'
import { notebookDocument, pageDocument } from '../../src/storage/serialise.ts'
import { noop } from '../../src/util/abort.ts'
import { validateNotebook } from '../support/nbformat.ts'
import { neverAborts } from '../support/observe.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { executedNotebook } from './executed.ts'

const page = pageDocument('<p>größe</p>')

/** As it is read where no part is a placeholder. */
function placeAt(path: string, folder = dirname(path)) {
  return { path, folder, base: '/' }
}

function fileAt(...parts: readonly string[]) {
  return placeAt(join(...parts))
}

describe('saveToFile()', () => {
  test('creates folders, replaces an existing file, and leaves no other files', async () => {
    await using folder = await ScratchFolder.make('file')
    const place = fileAt(folder.path, 'new folder/größe/a.html')
    await saveToFile(place, pageDocument('old and longer'), neverAborts)
    await saveToFile(place, page, neverAborts)
    expect(await readFile(place.path, 'utf8')).toBe('<p>größe</p>')
    expect(await readdir(join(folder.path, 'new folder/größe'))).toEqual(['a.html'])
  })

  test('writes a notebook that nbformat finds valid', async () => {
    await using folder = await ScratchFolder.make('file')
    const path = join(folder.path, 'a.ipynb')
    const place = placeAt(path)
    await saveToFile(place, notebookDocument(executedNotebook()), neverAborts)
    await expect(validateNotebook(path)).resolves.toBeUndefined()
  })

  test.each([
    {
      name: 'a folder is a file',
      parts: ['file', 'a.html'],
      reason: 'one of its folders is a file',
    },
    {
      name: 'a folder above is a file',
      parts: ['file', 'b', 'a.html'],
      reason: 'one of its folders is a file',
    },
    { name: 'the file is a folder', parts: ['folder'], reason: 'there is a folder of this name' },
    {
      name: 'the name is too long',
      parts: [`${'a'.repeat(300)}.html`],
      reason: 'the name is too long',
    },
    {
      name: 'a link leads in a circle',
      parts: ['circle', 'a.html'],
      reason: 'the system says ELOOP',
    },
  ])('explains the error when $name', async ({ parts, reason }) => {
    await using folder = await ScratchFolder.make('file')
    await writeFile(join(folder.path, 'file'), 'kept')
    await mkdir(join(folder.path, 'folder'))
    await symlink('circle', join(folder.path, 'circle'))
    const place = fileAt(folder.path, ...parts)
    await expect(saveToFile(place, page, neverAborts)).rejects.toMatchObject({
      code: 'OUTPUT_NOT_SAVED',
      message: `Cannot save "file:${place.path}": ${reason}`,
    })
    expect((await readdir(folder.path)).toSorted()).toEqual(['circle', 'file', 'folder'])
    expect(await readFile(join(folder.path, 'file'), 'utf8')).toBe('kept')
  })

  test('keeps the permissions of a private file, also behind a link, which remains a link', async () => {
    await using folder = await ScratchFolder.make('file')
    const owned = join(folder.path, 'owned.html')
    const link = fileAt(folder.path, 'latest.html')
    await writeFile(owned, 'old', { mode: 0o600 })
    await symlink('owned.html', link.path)
    await saveToFile(link, page, neverAborts)
    expect(await readFile(owned, 'utf8')).toBe('<p>größe</p>')
    expect((await stat(owned)).mode & 0o777).toBe(0o600)
    expect((await lstat(link.path)).isSymbolicLink()).toBe(true)
    expect((await readdir(folder.path)).toSorted()).toEqual(['latest.html', 'owned.html'])
  })

  test.each([
    { name: 'the file is a link', folder: 'out', rest: 'link.html' },
    { name: 'the file is a link to a link', folder: 'out', rest: 'twice.html' },
    { name: 'a folder of the name is a link', folder: 'out', rest: '{name}/a.html' },
    {
      name: 'a folder of the name is a link, and more are missing',
      folder: 'out',
      rest: '{name}/new/b.html',
    },
    { name: 'a folder is left by its name', folder: 'out', rest: '{name}/../../a.html' },
  ])('refuses what leaves the given folder: $name', async ({ folder, rest }) => {
    await using scratch = await ScratchFolder.make('links')
    const outside = join(scratch.path, 'outside')
    await mkdir(outside)
    await writeFile(join(outside, 'kept.html'), 'kept')
    await mkdir(join(scratch.path, folder))
    const link = (target: string, name: string) => symlink(target, join(scratch.path, folder, name))
    await link('../outside/kept.html', 'link.html')
    await link('link.html', 'twice.html')
    await link(outside, 'filled')
    const trusted = join(scratch.path, folder)
    const path = `${trusted}/${rest.replace('{name}', 'filled')}`
    const told = saveToFile(placeAt(path, trusted), page, neverAborts)
    await expect(told).rejects.toMatchObject({
      code: 'OUTPUT_NOT_SAVED',
      message: expect.stringContaining(`it leads out of the folder "${trusted}", to "`),
    })
    expect(await readdir(outside)).toEqual(['kept.html'])
    expect(await readFile(join(outside, 'kept.html'), 'utf8')).toBe('kept')
    expect(await readdir(scratch.path)).toEqual(['out', 'outside'])
  })

  test('follows links that are given, and those that stay in their folder', async () => {
    await using scratch = await ScratchFolder.make('links')
    await mkdir(join(scratch.path, 'disk/2026'), { recursive: true })
    await symlink('disk', join(scratch.path, 'out'))
    await symlink('2026', join(scratch.path, 'disk/this year'))
    const trusted = join(scratch.path, 'out')
    await saveToFile(placeAt(join(trusted, 'this year/a.html'), trusted), page, neverAborts)
    expect(await readdir(join(scratch.path, 'disk/2026'))).toEqual(['a.html'])
  })

  test('replaces a dangling link, and creates nothing elsewhere', async () => {
    await using scratch = await ScratchFolder.make('links')
    const place = fileAt(scratch.path, 'out/a.html')
    await mkdir(dirname(place.path))
    await symlink('../elsewhere.html', place.path)
    await saveToFile(place, page, neverAborts)
    expect((await lstat(place.path)).isFile()).toBe(true)
    expect(await readdir(scratch.path)).toEqual(['out'])
  })

  test('writes nothing elsewhere while links are swapped in', async () => {
    await using scratch = await ScratchFolder.make('race')
    const outside = join(scratch.path, 'outside')
    const trusted = join(scratch.path, 'out')
    const day = join(trusted, 'day')
    await mkdir(outside)
    await mkdir(day, { recursive: true })
    const over = new AbortController()
    const attack = async () => {
      while (!over.signal.aborted) {
        // Each step may fail: a save makes the folder, too.
        await rename(day, `${day}-away`).catch(noop)
        await symlink(outside, day).catch(noop)
        await new Promise((resolve) => setImmediate(resolve))
        await rm(day, { recursive: true, force: true }).catch(noop)
        await rename(`${day}-away`, day).catch(noop)
        await delay(Math.random() < 0.5 ? 0 : 50) // long enough for a save now and then
      }
    }
    const attacked = attack()
    const place = placeAt(join(day, 'a.html'), trusted)
    const saves = { saved: 0, refused: 0 }
    const isOneSided = () => saves.saved === 0 || saves.refused === 0
    for (let turn = 0; turn < 400 || (turn < 4_000 && isOneSided()); turn++) {
      await saveToFile(place, page, neverAborts).then(
        () => (saves.saved += 1),
        () => (saves.refused += 1),
      )
    }
    over.abort()
    await attacked
    expect(await readdir(outside)).toEqual([])
    expect(saves.saved).toBeGreaterThan(0)
    expect(saves.refused).toBeGreaterThan(0)
  })

  test('keeps the old file when its signal aborts', async () => {
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
