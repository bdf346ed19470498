import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { ParameterValue } from '../../src/parameters/parameter.ts'
import { bash } from '../../src/parameters/translators/bash.ts'
import { python } from '../../src/parameters/translators/python.ts'
import { r } from '../../src/parameters/translators/r.ts'
import { describeWith } from '../support/describe_with.ts'
import { fuzzOptions } from '../support/fuzz_runs.ts'
import { pythonEnvironment } from '../support/python_environment.ts'
import { runProgram } from '../support/run_program.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'

const env = { LC_ALL: 'C.UTF-8', PATH: '/usr/bin:/bin' }

/** Runs lines as a person would type them, so that prompts are shown, too. */
async function typedInBash(folder: string, lines: readonly string[]): Promise<string> {
  const file = join(folder, 'lines.sh')
  await writeFile(file, [...lines, 'exit 0', ''].join('\n'))
  const shell = 'exec /bin/bash --norc --noprofile -i < "$0" 2> /dev/null'
  return await runProgram({ command: '/bin/bash', args: ['-c', shell, file], env })
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}

describe('a value is never executed in bash', () => {
  const documented =
    'BASH_ARGV0 BASH_COMPAT BASH_ENV BASH_XTRACEFD CDPATH CHILD_MAX COMP_CWORD ENV EXECIGNORE FCEDIT ' +
    'FIGNORE FUNCNEST GLOBIGNORE HISTCONTROL HISTIGNORE HISTTIMEFORMAT HOME HOSTFILE IGNOREEOF ' +
    'INPUTRC INSIDE_EMACS LANG LC_ALL MAIL MAILCHECK MAILPATH OLDPWD OPTARG OPTERR OPTIND ' +
    'POSIXLY_CORRECT PROMPT_COMMAND PROMPT_DIRTRIM PS0 PS1 PS2 PS3 PS4 REPLY TIMEFORMAT TMOUT TMPDIR ' +
    'auto_resume histchars'

  test('through any variable that bash knows', async () => {
    await using folder = await ScratchFolder.make('bash-names')
    const marker = join(folder.path, 'ran')
    const known = await typedInBash(folder.path, ['compgen -v'])
    const names = new Set([...known.trim().split('\n'), ...documented.split(' ')])
    expect(names).toContain('RANDOM')
    const touch = `$(/usr/bin/touch ${marker})`
    for (const name of [...names].filter(bash.isName)) {
      for (const value of [`a[${touch}]`, `/usr/bin/touch ${marker}`]) {
        const use = [`: "$${name}"`, 'set -x', ':', '/bin/bash -c :', 'set +x', ': $((1))']
        await typedInBash(folder.path, [bash.assign(name, value), ...use])
        expect({ name, isRun: await isThere(marker) }).toEqual({ name, isRun: false })
      }
    }
  })

  const declarations = [
    '',
    'declare -i p=5',
    'declare -u p',
    'declare -lx p=A',
    'declare -a p=(1 2)',
  ]
  const lists = [...declarations, 'declare -A p=([k]=v)', 'declare -ai p=(1)']
  test.each<[ParameterValue, string, readonly string[]]>([
    ['a[$(touch ran)]', 'printf "%s|" "$p"', declarations],
    ['Mixed Case', 'printf "%s|" "$p"', declarations],
    [1.5, 'printf "%s|" "$p"', declarations],
    [7n, 'printf "%s|" "$p"', declarations],
    [['a[$(touch ran)]', 'B'], 'printf "%s|" "${p[@]}"', lists],
    [new Map([['a[$(touch ran)]', 'B']]), 'printf "%s|" "${!p[@]}" "${p[@]}"', lists],
  ])('as %p, whatever the declaration of its name', async (value, print, before) => {
    await using folder = await ScratchFolder.make('bash-declared')
    for (const declaration of before) {
      const lines = [`cd ${folder.path}`, declaration, bash.assign('p', value), print]
      const items = value instanceof Map ? [...value].flat() : [value].flat()
      const output = await typedInBash(folder.path, lines)
      expect({ declaration, output }).toEqual({ declaration, output: `${items.join('|')}|` })
      expect(await isThere(join(folder.path, 'ran'))).toBe(false)
    }
  })
})

const characters = fc.constantFrom(
  ...'a|B|_|1|é|ß|Ω|中|ﬁ|ª|²|١|\u0301|·|.|;|$|`|"|\'|\n|\u2028| |(|)|=|#|%|!|?|\\|\u200d|\0|℘|ᢅ'.split(
    '|',
  ),
)
const names = fc.array(characters, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''))

test('every name that is not refused is a variable in Python', async () => {
  const words = 'match case type _ print __name__ async None True nonlocal soft'.split(' ')
  const given = [...words, ...fc.sample(names, fuzzOptions(2_000))]
  const taken = given.filter(python.isName)
  const statements = taken.map((name) => python.assign(name, 'x'))
  expect(statements.length).toBeGreaterThan(100)
  const program = `
import ast, json, sys, unicodedata
for name, source in json.load(sys.stdin):
    body = ast.parse(source).body
    assert len(body) == 1 and body[0].targets[0].id == unicodedata.normalize('NFKC', name), source
print('all')`
  await using folder = await ScratchFolder.make('python-names')
  const file = join(folder.path, 'names.json')
  await writeFile(file, JSON.stringify(taken.map((name, place) => [name, statements[place]])))
  const interpreter = await pythonEnvironment()
  const args = ['-c', program.replace('sys.stdin', 'open(sys.argv[1])'), file]
  expect(await runProgram({ command: interpreter.bin('python'), args })).toBe('all\n')
})

describeWith('r-kernel', 'R', () => {
  test('every name that is not refused is a variable in R', async () => {
    const given = 'T F if NA .. ...  .a _x pi'.split(' ')
    const taken = [...given, ...fc.sample(names, fuzzOptions(1_000))]
      .filter(r.isName)
      .map((name) => r.assign(name, 'x'))
    expect(taken.length).toBeGreaterThan(50)
    await using folder = await ScratchFolder.make('r-names')
    const file = join(folder.path, 'names.R')
    await writeFile(file, `${taken.join('\n')}\n`)
    const program = `
e <- parse(commandArgs(TRUE)[1], encoding = "UTF-8")
stopifnot(length(e) == ${taken.length}, vapply(e, function(x) x[[1]] == "=" && is.name(x[[2]]), NA))
cat("all")`
    const args = ['-e', program, file]
    expect(await runProgram({ command: '/usr/bin/Rscript', args, env })).toBe('all')
  })
})
