import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { completionScript, misspeltCommand } from '../../src/cli/completion.ts'
import { allOptions } from '../../src/request/options.ts'
import { endOf, startProgram } from '../support/command.ts'
import { Opened } from '../support/opened.ts'
import { repositoryRoot } from '../support/repository.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'

const opened = new Opened()
let folder: string

beforeAll(async () => {
  folder = opened.use(await ScratchFolder.make('completion')).path
})
afterAll(() => opened[Symbol.asyncDispose]())

/** What bash offers behind these words, the last of which is being written. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const list = words.map((word) => `'${word}'`).join(' ')
  const code = `${completionScript(['bash'])}
COMP_WORDS=(nbtrigger ${list}); COMP_CWORD=${words.length}
_nbtrigger; printf '%s\\n' "\${COMPREPLY[@]}"`
  await using child = await startProgram('bash', ['--norc', '-c', code], {}, folder)
  const { status, stdout, stderr } = await endOf(child)
  expect([status, stderr]).toEqual([0, ''])
  return stdout.split('\n').filter((line) => line !== '')
}

describe('completionScript()', () => {
  test('lets bash complete the flags of the table', async () => {
    const flags = allOptions.flatMap(({ name, messageOnly }) => (messageOnly ? [] : `--${name}`))
    expect(await offered('x.ipynb', '--')).toEqual(flags)
    expect(await offered('--start')).toEqual(['--start-timeout'])
  })

  test('lets bash complete commands, shells and notebooks, and no value that it cannot know', async () => {
    await cp(join(repositoryRoot, 'package.json'), join(folder, 'a.ipynb'))
    await cp(join(repositoryRoot, 'package.json'), join(folder, 'other.txt'))
    expect(await offered('')).toEqual(['doctor', 'cancel', 'completion', 'help', 'a.ipynb'])
    expect(await offered('completion', '')).toEqual(['bash', 'zsh', 'fish'])
    expect(await offered('host', '')).toEqual(['a.ipynb'])
    expect(await offered('x.ipynb', '--file', 'o')).toEqual(['other.txt'])
    expect(await offered('x.ipynb', '--timeout', '')).toEqual([])
  })

  test.each([
    { shell: 'zsh', flag: (name: string) => `--${name}` },
    { shell: 'fish', flag: (name: string) => `-l ${name} ` },
  ])('has every option for $shell', ({ shell, flag }) => {
    const script = completionScript([shell])
    for (const { name, messageOnly } of allOptions) {
      expect(`${script}\n`.includes(flag(name))).toBe(!messageOnly)
    }
    expect(script).not.toContain('`')
  })

  test('refuses another shell, and names those that there are', () => {
    expect(() => completionScript(['tcsh'])).toThrow(/"tcsh": there is none; .* completion fish"$/)
    expect(() => completionScript([])).toThrow(
      /the shell is not named; .*"nbtrigger completion bash"/,
    )
  })
})

test.each([
  { args: ['docter'], meant: 'doctor' },
  { args: ['Doctor', 'localhost:8888'], meant: 'doctor' },
  { args: ['docker', '/x.ipynb'], meant: null },
  { args: ['doctor'], meant: null },
  { args: ['doc.example'], meant: null },
  { args: [], meant: null },
])('misspeltCommand() finds $meant in $args', ({ args, meant }) => {
  expect(misspeltCommand(args)?.advice ?? null).toBe(meant && `did you mean "${meant}"?`)
})

describe('a folder that is not built', () => {
  test.each([
    { name: 'the command', program: process.execPath, args: ['bin/nbtrigger.js', '--version'] },
    { name: 'npm start', program: 'npm', args: ['start', '--silent'] },
    { name: 'npm run start:http', program: 'npm', args: ['run', '--silent', 'start:http'] },
    { name: 'a single test', program: 'npm', args: ['run', '--silent', 'jest', '--', 'x'] },
  ])('says what to do for $name', async ({ program, args }) => {
    const unbuilt = join(folder, 'unbuilt')
    await cp(join(repositoryRoot, 'bin'), join(unbuilt, 'bin'), { recursive: true })
    await cp(join(repositoryRoot, 'package.json'), join(unbuilt, 'package.json'))
    await using child = await startProgram(program, args, { HOME: folder }, unbuilt)
    const { status, stdout, stderr } = await endOf(child)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(`it is not built; run "npm install && npm run build" in ${unbuilt}/`)
  })
})
