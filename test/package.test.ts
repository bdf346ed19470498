import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { symlink } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { endOf, startProgram } from './support/command.ts'
import { Opened } from './support/opened.ts'
import { readPages } from './support/pages.ts'
import { repositoryRoot } from './support/repository.ts'
import { runProgram } from './support/run_program.ts'
import { ScratchFolder } from './support/scratch_folder.ts'

const opened = new Opened()
let folder: string
let files: ReadonlySet<string>

beforeAll(async () => {
  folder = opened.use(await ScratchFolder.make('package')).path
  const env = { PATH: process.env['PATH'], HOME: folder }
  const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder]
  const tarball = (await runProgram({ command: 'npm', args, env, cwd: repositoryRoot })).trim()
  const tar = { command: 'tar', env, cwd: folder }
  const list = await runProgram({ ...tar, args: ['xvzf', tarball] })
  files = new Set(list.split('\n').map((name) => name.replace(/^package\//, '')))
  await symlink(join(repositoryRoot, 'node_modules'), join(folder, 'package/node_modules'))
})
afterAll(() => opened[Symbol.asyncDispose]())

describe('the package that npm packs', () => {
  test.each([
    { flag: '--version', expected: /^\d+\.\d+\.\d+\n$/ },
    { flag: '--help', expected: /^Runs a Jupyter notebook / },
  ])('has a command that answers $flag', async ({ flag, expected }) => {
    await using child = await startProgram(join(folder, 'package/bin/nbtrigger.js'), [flag], {})
    const { status, stdout, stderr } = await endOf(child)
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(expected)
  })

  test('has no dead links in its pages', () => {
    const dead: string[] = []
    for (const [path, text] of readPages()) {
      for (const [, target = ''] of text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
        if (/^[a-z]+:/.test(target)) continue
        const file = posix.join(posix.dirname(path), target)
        if (files.has(path) && !files.has(file)) dead.push(`${path}: ${target}`)
      }
    }
    expect(dead).toEqual([])
  })

  test('has neither tests nor what only they need', () => {
    const others = [...files].filter((name) =>
      /^(?:src|test\/(?!bench\/results\.md$)|build\/(?!bundle\/))/.test(name),
    )
    expect(others).toEqual([])
  })
})
