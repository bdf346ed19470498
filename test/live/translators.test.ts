import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { floatText, isList, type ParameterValue } from '../../src/parameters/parameter.ts'
import { bash } from '../../src/parameters/translators/bash.ts'
import { parseSource } from '../../src/sources/sources.ts'
import { describeWith } from '../support/describe_with.ts'
import { plainRequest, serverConfig } from '../support/fake_request.ts'
import { fuzzOptions, fuzzTestMs } from '../support/fuzz_runs.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { installOptionalKernels } from '../support/kernels.ts'
import { observeRun } from '../support/observe.ts'
import { Opened } from '../support/opened.ts'
import { runProgram } from '../support/run_program.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { denoKernel, pythonKernel, rKernel, type ShowingLanguage } from './translated.ts'
import { keys, type Limits, scalars, values } from './translated_values.ts'

/** So many values are sent at once: what takes time is to start a kernel. */
const many = 250
const rounds = fuzzOptions(2)

describe('values survive the round trip through a kernel', () => {
  const opened = new Opened()
  let server: JupyterServer

  beforeAll(async () => {
    const { path } = opened.use(await ScratchFolder.make('kernels'))
    await installOptionalKernels(path)
    server = opened.use(await JupyterServer.start({ jupyterPath: [path] }))
  })
  afterAll(() => opened[Symbol.asyncDispose]())

  async function returned(
    language: ShowingLanguage,
    given: readonly ParameterValue[],
  ): Promise<readonly string[]> {
    const names = given.map((_, place) => `p${place}`)
    await server.writeNotebook(
      'values.ipynb',
      [language.definition, language.print(names)],
      language,
    )
    const { report } = await observeRun({
      ...plainRequest,
      server: serverConfig(new URL(server.url), server.token),
      notebook: parseSource('/values.ipynb'),
      parameters: new Map(names.map((name, place) => [name, given[place] ?? null])),
      runTimeoutMs: 60_000,
      startTimeoutMs: 60_000,
    })
    if (report.error !== undefined) throw new Error(report.error.message)
    return String(report.result?.data['text/plain']).trimEnd().split('\n')
  }

  async function comeBack(language: ShowingLanguage, limits: Limits): Promise<void> {
    const lists = fc.array(values(limits), { minLength: many, maxLength: many })
    const property = fc.asyncProperty(lists, async (given) => {
      expect(await returned(language, given)).toEqual(given.map(language.expected))
    })
    await fc.assert(property, rounds)
  }

  test('python3', () => comeBack(pythonKernel, {}), fuzzTestMs)

  describeWith('r-kernel', 'ir', () => {
    const integers = fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n })
    const limits: Limits = { integers, noNul: true, noEmptyKey: true }
    test('ir', () => comeBack(rKernel, limits), fuzzTestMs)
  })

  describeWith('deno', 'deno', () => {
    test('deno', () => comeBack(denoKernel, {}), fuzzTestMs)
  })
})

describe('values survive the round trip through bash', () => {
  const limits: Limits = { noNul: true, noEmptyKey: true }
  const list = fc.array(scalars(limits), { maxLength: 4 })
  const map = fc.array(fc.tuple(keys(limits), scalars(limits)), { maxLength: 4 })
  const value = fc.oneof(
    scalars(limits),
    list,
    map.map((entries) => new Map(entries)),
  )

  test('bash', async () => {
    const property = fc.asyncProperty(
      fc.array(value, { minLength: many, maxLength: many }),
      async (given) => {
        const statements = given.flatMap((each, place) => [
          bash.assign(`p${place}`, each),
          printed(`p${place}`, each),
        ])
        const output = await outputOf(statements.join('\n'))
        expect(output.split('\0').slice(0, -1)).toEqual(given.flatMap(pieces))
      },
    )
    await fc.assert(property, rounds)
  })
})

function printed(name: string, each: ParameterValue): string {
  if (isList(each)) return `((\${#${name}[@]})) && printf '%s\\0' "\${${name}[@]}"`
  if (!(each instanceof Map)) return `printf '%s\\0' "$${name}"`
  const pair = `printf '%s\\0%s\\0' "$key" "\${${name}[$key]}"`
  return `for key in "\${!${name}[@]}"; do ${pair}; done | sort -z`
}

function pieces(each: ParameterValue): readonly string[] {
  if (isList(each)) return each.map(text)
  if (!(each instanceof Map)) return [text(each)]
  const all = Array.from(each, ([key, item]) => [key, text(item)]).flat()
  return all.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

function text(each: ParameterValue): string {
  if (each === null) return ''
  if (typeof each === 'object') throw new Error('Cannot show a list or a map as one text')
  return typeof each === 'number' ? floatText(each) : String(each)
}

async function outputOf(source: string): Promise<string> {
  await using folder = await ScratchFolder.make('bash')
  const script = join(folder.path, 'values.sh')
  await writeFile(script, `${source}\n:\n`)
  const env = { LC_ALL: 'C.UTF-8', PATH: '/usr/bin:/bin' }
  return await runProgram({ command: '/bin/bash', args: [script], env })
}
