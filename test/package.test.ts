import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { mkdir, readFile, symlink } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { endOf, startProgram } from './support/command.ts'
import { Opened } from './support/opened.ts'
import { readPages } from './support/pages.ts'
import { freePort } from './support/port.ts'
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
  await linkProductionPackages(join(folder, 'package/node_modules'))
})
afterAll(() => opened[Symbol.asyncDispose]())

/** What `npm install --omit=dev` would install. */
async function linkProductionPackages(target: string): Promise<void> {
  const { packages } = JSON.parse(await readFile(join(repositoryRoot, 'package-lock.json'), 'utf8'))
  for (const [path, { dev, link }] of Object.entries<{ dev?: true; link?: true }>(packages)) {
    const [, name] = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path) ?? []
    if (name === undefined || dev || link) continue
    await mkdir(dirname(join(target, name)), { recursive: true })
    await symlink(join(repositoryRoot, path), join(target, name))
  }
}

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

  test('has all that a run needs', async () => {
    const host = `127.0.0.1:${await freePort()}`
    const args = [host, '/x.ipynb', '-y', 'n: 1', '--json']
    const env = { JUPYTER_TOKEN: 'secret-token-4f9a2c1b' }
    await using child = await startProgram(join(folder, 'package/bin/nbtrigger.js'), args, env)
    const { stdout } = await endOf(child)
    expect(JSON.parse(stdout)).toMatchObject({
      parameters: { n: '1' },
      error: { code: 'SERVER_NOT_FOUND' },
    })
  })

  test('installs less than 20 MB of other packages', async () => {
    const args = [
      '-s',
      '-L',
      '--apparent-size',
      '--block-size=1000000',
      join(folder, 'package/node_modules'),
    ]
    const env = { PATH: process.env['PATH'] }
    const [, megabytes] = /^(\d+)/.exec(await runProgram({ command: 'du', args, env })) ?? []
    expect(Number(megabytes)).toBeLessThan(20)
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
