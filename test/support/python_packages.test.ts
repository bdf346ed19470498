import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { wasMadeIn } from './python_packages.ts'
import { ScratchFolder } from './scratch_folder.ts'

describe('wasMadeIn()', () => {
  let scratch: ScratchFolder
  let made: string
  let copy: string

  beforeAll(async () => {
    scratch = await ScratchFolder.make('environments')
    made = join(scratch.path, 'a folder')
    copy = join(scratch.path, 'copy')
    for (const folder of [made, copy]) {
      await mkdir(join(folder, 'bin'), { recursive: true })
      await writeFile(join(folder, 'bin/python3.12'), '')
    }
    await symlink(made, join(scratch.path, 'link'))
  })
  afterAll(() => scratch[Symbol.asyncDispose]())

  // The second is what pip writes when the path is too long, or has a space in it.
  test.each<[string, (python: string) => string]>([
    ['one line', (python) => `#!${python}\nimport re\n`],
    ['two lines', (python) => `#!/bin/sh\n'''exec' "${python}" "$0" "$@"\n' '''\nimport re\n`],
  ])('distinguishes an environment from a copy of it by %s', async (_, textFor) => {
    const text = textFor(join(made, 'bin/python3.12'))
    for (const folder of [made, copy]) await writeFile(join(folder, 'bin/jupyter'), text)
    expect(wasMadeIn(made)).toBe(true)
    expect(wasMadeIn(join(scratch.path, 'link'))).toBe(true)
    expect(wasMadeIn(copy)).toBe(false)
  })

  test('is false if the original folder does not exist', async () => {
    const text = `#!${join(scratch.path, 'gone/bin/python3.12')}\n`
    await writeFile(join(copy, 'bin/jupyter'), text)
    expect(wasMadeIn(copy)).toBe(false)
  })
})
