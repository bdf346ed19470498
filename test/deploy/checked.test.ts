import { expect, test } from '@jest/globals'
import { readdirSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { describeWith } from '../support/describe_with.ts'
import { readPages } from '../support/pages.ts'
import { repositoryRoot } from '../support/repository.ts'
import { runProgram } from '../support/run_program.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import type { GcloudCall } from './cloud/call.ts'
import { StandIn } from './stand_in.ts'

const folder = join(repositoryRoot, 'deploy')
const scripts = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.sh'),
)

test.each(scripts)('%s says of every step how long it usually takes', async (script) => {
  const text = (await readFile(join(folder, script), 'utf8')).replaceAll(/\\\n\s*/g, '')
  const steps = [...text.matchAll(/^ *title (.*)$/gm)].map(([, words = '']) => words)
  const complete = /^(?:'[^']*'|"[^"]*") +'[^']+'$/
  expect(steps.filter((words) => !complete.test(words))).toEqual([])
})

describeWith('shellcheck', 'shellcheck', () => {
  test.each(scripts)('finds nothing in %s', async (script) => {
    await runProgram({ command: 'shellcheck', args: ['-x', join(folder, script)] })
  })
})

describeWith(['gcloud', 'openssl'], "gcloud's own linter", () => {
  test('accepts every command of the scripts and the documentation, and rejects a wrong flag', async () => {
    await using machine = await StandIn.make()
    for (const script of ['deploy.sh', 'monitoring/apply.sh', 'publish.sh', 'logs.sh']) {
      await machine.run(script, [], { NOTIFY: 'ann@example.com' })
    }
    await machine.run('publish.sh', ['--wait'])
    await machine.run('deploy.sh', ['--new-token'])
    await machine.run('deploy.sh', ['jupyter'], { JUPYTER_ACCESS: 'unchecked' })
    const more = { BUCKET: 'b', HTTP_SECRET: 's', HTTP_CALLERS: 'user:a@b.c', HTTP_PAGE: '1' }
    await machine.run('deploy.sh', ['--public-jupyter'], { ...more, VARIABLES: 'A=1,2|B=3' })
    await machine.run('teardown.sh', ['--yes'], more)
    await machine.run('deploy.sh', ['jupyter'], { SECRET: 'local', SECRET_LOCATIONS: 'us-east1' })
    const notebooks = { NOTEBOOKS_BUCKET: 'n' }
    expect(await machine.run('deploy.sh', ['jupyter'], notebooks)).toMatchObject({ status: 0 })
    expect(await machine.run('notebooks.sh', [], notebooks)).toMatchObject({ status: 0 })
    const iap = { HTTP_IAP: '1', HTTP_CALLERS: 'user:a@b.c' }
    for (const settings of [iap, { HTTP_IAP: '0' }]) {
      expect(await machine.run('deploy.sh', ['http'], settings)).toMatchObject({ status: 0 })
    }
    for (const args of [['job'], ['job', '--engine=server']]) {
      expect(await machine.run('deploy.sh', args)).toMatchObject({ status: 0 })
    }
    const workflow = await readWorkflow()
    const shown = [...readPages().values(), workflow].flatMap(commandsIn)
    expect(commandsIn(workflow)).toHaveLength(3)
    expect(shown.length).toBeGreaterThan(25)
    await using scratch = await ScratchFolder.make('policies')
    const calls = oneOfEachForm(await machine.calls(), formOf)
    const lines = await Promise.all(calls.map((call) => commandLine(call, scratch.path)))
    const wrong = 'gcloud pubsub topics create t_nbtrigger --bogus=1'
    const verdicts = await lint([...lines, ...oneOfEachForm(shown, shownForm), wrong])
    const refused = verdicts.filter(({ success }) => !success)
    expect(refused.map(({ command_string: command }) => command)).toEqual([wrong])
    expect(calls.length).toBeGreaterThan(45)
  })
})

/** The workflow for GitHub as its shell sees it: with the values of its variables. */
async function readWorkflow(): Promise<string> {
  const text = await readFile(join(folder, 'github-actions.yaml'), 'utf8')
  const env: Readonly<Record<string, string>> = parse(text).env
  return text.replaceAll(/\$([A-Z_]+)/g, (whole, name: string) => env[name] ?? whole)
}

/** The calls of gcloud in a page's blocks of code; "..." stands for more flags. */
function commandsIn(page: string): readonly string[] {
  const blocks = page.match(/(?:^ {4,}.*\n)+|^```console\n[^`]*/gm) ?? []
  const lines = blocks
    .join('')
    .replaceAll(/\\\n\s*/g, '')
    .replaceAll('$URL', 'https://a.test')
    .replaceAll(/ \.\.\.$/gm, '')
  const calls = lines.match(/gcloud (?:'[^']*'|"[^"]*"|[^'"()|\n])+/g) ?? []
  return [...new Set(calls.map((call) => call.trim()))]
}

interface LintVerdict {
  readonly command_string: string
  readonly success: boolean
}

async function lint(commands: readonly string[]): Promise<readonly LintVerdict[]> {
  await using scratch = await ScratchFolder.make('lint')
  const file = join(scratch.path, 'commands.json')
  await writeFile(file, JSON.stringify(commands.map((text) => ({ command_string: text }))))
  const args = ['meta', 'lint-gcloud-commands', `--commands-file=${file}`]
  const env = { PATH: process.env['PATH'], HOME: scratch.path, CLOUDSDK_CORE_PROJECT: 'demo' }
  return JSON.parse(await runProgram({ command: 'gcloud', args, env }))
}

/** Calls that differ in more than the values of their flags and the name of their thing. */
function oneOfEachForm<T>(calls: readonly T[], form: (call: T) => string): readonly T[] {
  return [...new Map(calls.map((call) => [form(call), call])).values()]
}

/** Of a command in a page: without the values of its flags. */
function shownForm(line: string): string {
  return line.replaceAll(/=(?:'[^']*'|"[^"]*"|[^\s'"]+)+/g, '=')
}

function formOf({ args }: GcloudCall): string {
  const words = args.filter((arg) => !arg.startsWith('--')).slice(0, 3)
  return [...words, ...args.filter((arg) => arg.startsWith('--')).map(flagName)].join(' ')
}

function flagName(arg: string): string {
  return arg.replace(/=.*$/s, '')
}

/** What names the standard input, with a file in its place. */
const files: Readonly<Record<string, (file: string) => string>> = {
  '--policy=-': (file) => `--policy=${file}`,
  '-': (file) => file,
}

/** The linter reads files too, but cannot be given what comes by standard input: a file has it here. */
async function commandLine({ args, input }: GcloudCall, scratch: string): Promise<string> {
  const file = join(scratch, `${args[3] ?? ''}.json`)
  if (input !== null && args.some((arg) => arg in files)) await writeFile(file, input)
  return ['gcloud', ...args.map((arg) => files[arg]?.(file) ?? arg)]
    .map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
    .join(' ')
}
