import { createRequire } from 'node:module'
import type * as Yaml from 'yaml'
import { floatText, type ParameterMap, type ParameterValue } from '../parameter.ts'
import { yamlTags } from './yaml_tags.ts'

const mostCharacters = 1_000_000
const mostValues = 100_000
const deepest = 100

/** Reads the parameters that YAML text names; throws an Error that says what is wrong with it. */
export function readYaml(text: string): ParameterMap {
  if (text.length > mostCharacters) {
    throw new Error(`it has more than ${mostCharacters} characters`)
  }
  const root = convert(parse(text), { depth: 0, budget: { values: mostValues } })
  if (root === null) return new Map()
  if (root instanceof Map) return root
  throw new Error('it has no names; write "NAME: VALUE", one a line')
}

function parse(text: string): unknown {
  const yaml = yamlPackage()
  const document = yaml.parseDocument(text, {
    version: '1.1',
    schema: 'failsafe',
    customTags: [...yamlTags],
    merge: true,
    prettyErrors: false,
    uniqueKeys: false, // it would compare each key with all the others, for minutes
  })
  const lineOf = (place = 0) => text.slice(0, place).split('\n').length
  const [problem] = [...document.errors, ...document.warnings]
  if (problem) throw new Error(`${problem.message} (line ${lineOf(problem.pos[0])})`)
  const key = repeatedKey(document, yaml)
  if (key) throw new Error(`Map keys must be unique (line ${lineOf(key.range?.[0])})`)
  return document.toJS({ mapAsMap: true })
}

/** The first key that its map has already. */
function repeatedKey(document: Yaml.Document, { visit, isScalar }: typeof Yaml) {
  const found: Yaml.Scalar[] = []
  visit(document, {
    Map: (_, { items }) => {
      const seen = new Set<unknown>()
      for (const { key } of items) {
        if (!isScalar(key)) continue
        if (seen.has(key.value)) found.push(key)
        seen.add(key.value)
      }
    },
  })
  return found[0]
}

/** Loaded when it is needed: few runs have YAML to read. */
function yamlPackage(): typeof Yaml {
  return createRequire(import.meta.url)('yaml')
}

interface Place {
  readonly depth: number
  /** Anchors can make a few lines stand for billions of values. */
  readonly budget: { values: number }
}

function convert(value: unknown, { depth, budget }: Place): ParameterValue {
  if (depth > deepest) throw new Error(`it is nested more than ${deepest} levels deep`)
  if (budget.values-- === 0) throw new Error(`it has more than ${mostValues} values`)
  const inside = (child: unknown) => convert(child, { depth: depth + 1, budget })
  if (Array.isArray(value)) return value.map(inside)
  if (value instanceof Map) {
    return new Map(Array.from(value, ([key, child]) => [keyText(key), inside(child)]))
  }
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return value
  if (typeof value === 'number') return value
  if (typeof value === 'string') return wellFormed(value)
  throw new Error(`it has a value of a kind that is none of YAML's own`)
}

/** A key as Python's str() writes it: papermill knows only text as keys. */
function keyText(key: unknown): string {
  if (typeof key === 'string') return wellFormed(key)
  if (typeof key === 'bigint') return String(key)
  if (typeof key === 'number') return floatText(key)
  if (typeof key === 'boolean') return key ? 'True' : 'False'
  if (key === null) return 'None'
  throw new Error('it has a list or a map as a key')
}

function wellFormed(text: string): string {
  if (/\p{Cs}/u.test(text)) throw new Error('it has half of a surrogate pair')
  return text
}
