import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { floatText } from '../../src/parameters/parameter.ts'
import { typedValue } from '../../src/request/typing.ts'
import { readYaml } from '../../src/request/yaml.ts'
import { pythonEnvironment } from '../support/python_environment.ts'
import { runProgram } from '../support/run_program.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { fuzzOptions } from '../support/fuzz_runs.ts'

/** papermill's two ways to type a text, by Python and PyYAML themselves. */
const program = `
import json, sys, yaml
class NoDates(yaml.SafeLoader):
    yaml_implicit_resolvers = {
        first: [rule for rule in rules if not rule[0].endswith(':timestamp')]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
def shown(value):
    return f'{type(value).__name__} {value!r}' if not isinstance(value, str) else f'str {value}'
def typed(text):
    if text in ('True', 'False', 'None'): return shown({'True': True, 'False': False}.get(text))
    for read in (int, float):
        try: return shown(read(text))
        except ValueError: pass
    return shown(text)
def plain(text):
    try: return shown(yaml.load('a: ' + text + '\\n', Loader=NoDates)['a'])
    except Exception: return None
texts = json.load(open(sys.argv[1], encoding='utf-8'))
print(json.dumps([[typed(text), plain(text)] for text in texts]))`

const examples =
  'True False None true null ~ Null yes No on OFF y n 007 08 0o7 0x1F -0x1f 0b101 1_000 1__0 +5 1e5 ' +
  '1.0e5 1.0e+5 .5 -.5 5. 1e400 .inf -.Inf .NaN nan -inf Infinity 1:30 1:60 190:20:30.15 ٣ １２ ² ' +
  '2001-12-14 2001-12-14t21:59:43.10-05:00 9007199254740993 -0 -0.0'

const letters = fc.constantFrom(...'0123456789_.+-eExob:aAfFnNyY~'.split(''))
const texts = fc.array(
  fc.oneof(
    fc.constantFrom(...examples.split(' ')),
    fc.string({ unit: letters, minLength: 1, maxLength: 6 }),
    fc.double().map(floatText),
    fc.bigInt().map(String),
  ),
  { minLength: 5_000, maxLength: 5_000 },
)

describe('the type of a text', () => {
  test('is the one that Python and PyYAML give it', async () => {
    const property = fc.asyncProperty(texts, async (all) => {
      const answers = await askPython(all)
      expect(all.map((text) => [text, shown(typedValue(text))])).toEqual(
        all.map((text, place) => [text, answers[place]?.[0]]),
      )
      // What PyYAML itself cannot read may be anything.
      const readable = all.filter((_, place) => answers[place]?.[1] !== null)
      const expected = answers.filter(([, plain]) => plain !== null)
      expect(readable.map((text) => [text, shown(readYaml(`a: ${text}`).get('a'))])).toEqual(
        readable.map((text, place) => [text, expected[place]?.[1]]),
      )
    })
    await fc.assert(property, fuzzOptions(2))
  })
})

type Answer = readonly [typed: string, plain: string | null]

async function askPython(all: readonly string[]): Promise<readonly Answer[]> {
  await using folder = await ScratchFolder.make('typing')
  const file = join(folder.path, 'texts.json')
  await writeFile(file, JSON.stringify(all))
  const python = await pythonEnvironment()
  const args = ['-c', program, file]
  const answers: readonly Answer[] = JSON.parse(
    await runProgram({ command: python.bin('python'), args }),
  )
  return answers
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return 'NoneType None'
  if (typeof value === 'boolean') return value ? 'bool True' : 'bool False'
  if (typeof value === 'bigint') return `int ${value}`
  if (typeof value === 'number') return `float ${floatText(value)}`
  return typeof value === 'string' ? `str ${value}` : 'another kind'
}
