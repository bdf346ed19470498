import { createRequire } from 'node:module'
import type * as Yaml from 'yaml'
import type { ScalarTag } from 'yaml'
import { floatText, type ParameterMap, type ParameterValue } from '../parameters/parameter.ts'
import { field } from '../util/record.ts'
import { maxDigits, readInteger } from './typing.ts'

/**
 * What PyYAML makes of plain scalars, by YAML 1.1 with its own exceptions: "1e5" and "y" are text,
 * and so are dates.
 */
const yamlTags: readonly ScalarTag[] = [
  tag('null', /^(?:~|null|Null|NULL|)$/, () => null),
  tag('bool', /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/, () => true),
  tag('bool', /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/, () => false),
  tag('int', /^[-+]?0b[01_]+$/, (text) => based(text, '0b')),
  tag('int', /^[-+]?0[0-7_]+$/, (text) => based(text, '0o')),
  tag('int', /^[-+]?0x[\da-fA-F_]+$/, (text) => based(text, '0x')),
  tag('int', /^[-+]?(?:0|[1-9][\d_]*)$/, (text) => readInteger(text)),
  tag('int', /^[-+]?[1-9][\d_]*(?::[0-5]?\d)+$/, sexagesimal),
  tag('float', /^(?:[-+]?\d[\d_]*\.[\d_]*|\.\d[\d_]*)(?:[eE][-+]\d+)?$/, decimal),
  tag('float', /^[-+]?\d[\d_]*(?::[0-5]?\d)+\.[\d_]*$/, sexagesimalFloat),
  tag('float', /^[-+]?\.(?:inf|Inf|INF)$/, (text) => (text[0] === '-' ? -Infinity : Infinity)),
  tag('float', /^\.(?:nan|NaN|NAN)$/, () => NaN),
]

function tag(kind: string, test: RegExp, resolve: (text: string) => unknown): ScalarTag {
  return { tag: `tag:yaml.org,2002:${kind}`, default: true, test, resolve }
}

/** An integer takes as much time as the square of its length: one that is too long is not read. */
function based(text: string, prefix: keyof typeof bitsOfDigit): bigint {
  const digits = text.replaceAll('_', '').replace(/^[-+]?0[bx]?/, '')
  refuseTooLong(digits.length * bitsOfDigit[prefix] * Math.log10(2))
  const value = BigInt(prefix + (digits || '0'))
  return text.startsWith('-') ? -value : value
}

const bitsOfDigit = { '0b': 1, '0o': 3, '0x': 4 } as const

function refuseTooLong(decimalDigits: number): void {
  if (decimalDigits <= maxDigits) return
  const count = Math.ceil(decimalDigits)
  throw new Error(`an integer has about ${count} digits, and the maximum is ${maxDigits}`)
}

function decimal(text: string): number {
  return Number(text.replaceAll('_', ''))
}

/** "1:30" is 90. */
function sexagesimal(text: string): bigint {
  const parts = text.replace(/^[-+]/, '').split(':')
  const [first = ''] = parts
  refuseTooLong(first.length + (parts.length - 1) * Math.log10(60))
  const value = parts.reduce((sum, part) => sum * 60n + readInteger(part), 0n)
  return text.startsWith('-') ? -value : value
}

function sexagesimalFloat(text: string): number {
  const parts = text.replace(/^[-+]/, '').split(':').map(decimal)
  const value = parts.reduce((sum, part) => sum * 60 + part, 0)
  return text.startsWith('-') ? -value : value
}

/** A YAML document that is well formed and nested at most as deep as was allowed. */
interface YamlDocument {
  readonly root: unknown
  readonly yaml: typeof Yaml
  /** The node that each alias stands for: the latest one before it with that anchor. */
  readonly targets: ReadonlyMap<Yaml.Alias, unknown>
}

/**
 * Parses one document of YAML 1.1; throws an Error that says what is wrong with it, and where. The
 * levels are counted token by token, before anything recursive sees them: what composes the nodes
 * would go to the end of the stack, where V8 ends the process over the next regular expression.
 */
function parseYaml(text: string, maxLevels: number): YamlDocument {
  const yaml = yamlPackage()
  const [document, second] = compose(text, { yaml, maxLevels })
  const [problem] = [...(document?.errors ?? []), ...(document?.warnings ?? [])]
  if (problem) throw problemAt(problem.pos, problem.message, text)
  if (second) throw problemAt(second.range, 'It has multiple documents; keep one of them', text)
  const { repeatedKey, unknownAlias, targets } = lookThrough(document, yaml)
  if (repeatedKey) throw problemAt(repeatedKey.range, 'Map keys must be unique', text)
  if (unknownAlias) {
    const reason = `Unresolved alias (its anchor must stand before it): ${unknownAlias.source}`
    throw problemAt(unknownAlias.range, reason, text)
  }
  return { root: document?.contents ?? null, yaml, targets }
}

const options = {
  version: '1.1',
  schema: 'failsafe',
  customTags: [...yamlTags],
  merge: true,
  uniqueKeys: false, // it would compare each key with all the others, for minutes
} as const satisfies Yaml.ParseOptions & Yaml.DocumentOptions & Yaml.SchemaOptions

interface Limited {
  readonly yaml: typeof Yaml
  readonly maxLevels: number
}

function compose(text: string, limited: Limited): Iterable<Yaml.Document.Parsed> {
  const composer = new limited.yaml.Composer(options)
  let first: Error | undefined
  // One problem is enough, a megabyte of brackets having half a million. What is thrown for it
  // comes here again as a problem of each node around.
  const onError = (source: unknown, _: string, message: string) => {
    throw (first ??= problemAt(source, message, text))
  }
  Object.assign(composer, { onError })
  return composer.compose(tokensOf(text, limited), true, text.length)
}

/** `source` is where it is: a place in the text, the beginning and end of a part, or a token. */
function problemAt(source: unknown, message: string, text: string): Error {
  const [start = source]: readonly unknown[] = Array.isArray(source) ? source : []
  const place = Number(typeof start === 'object' ? field(start, 'offset') : start)
  return new Error(`${message} (line ${text.slice(0, place).split('\n').length})`)
}

/** What the parser makes of the text, neither it nor the lexer being recursive. */
function* tokensOf(text: string, { yaml, maxLevels }: Limited): Generator<Yaml.CST.Token> {
  const parser = new yaml.Parser()
  for (const lexeme of new yaml.Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      // A megabyte of brackets that close nothing would be half a million problems.
      if (token.type === 'error') throw problemAt(token.offset, token.message, text)
      yield token
    }
    // Below the collections lies the document, and above them may be a scalar. The outermost one is
    // no level: it holds the names.
    if (parser.stack.length > maxLevels + 3) throw tooDeep(maxLevels)
  }
  yield* parser.end()
}

function tooDeep(maxLevels: number): Error {
  return new Error(`it is nested more than ${maxLevels} levels deep`)
}

interface Found {
  readonly repeatedKey: Yaml.Scalar | undefined
  readonly unknownAlias: Yaml.Alias | undefined
  readonly targets: YamlDocument['targets']
}

function lookThrough(document: Yaml.Document | undefined, yaml: typeof Yaml): Found {
  let unknownAlias: Found['unknownAlias']
  let repeatedKey: Found['repeatedKey']
  const targets = new Map<Yaml.Alias, unknown>()
  const anchors = new Map<string, unknown>()
  yaml.visit(document ?? null, {
    Alias: (_, alias) => {
      if (anchors.has(alias.source)) targets.set(alias, anchors.get(alias.source))
      else unknownAlias ??= alias
    },
    Value: (_, node) => {
      if (node.anchor !== undefined) anchors.set(node.anchor, node)
      if (yaml.isMap(node)) repeatedKey ??= firstRepeatedKey(node, yaml)
    },
  })
  return { repeatedKey, unknownAlias, targets }
}

function firstRepeatedKey({ items }: Yaml.YAMLMap, { isScalar }: typeof Yaml) {
  const seen = new Set<unknown>()
  for (const { key } of items) {
    if (!isScalar(key)) continue
    if (seen.has(key.value)) return key
    seen.add(key.value)
  }
  return undefined
}

/** Loaded when it is needed: few runs have YAML to read. */
function yamlPackage(): typeof Yaml {
  return createRequire(import.meta.url)('yaml')
}

const maxCharacters = 1_000_000
const maxValues = 100_000
const maxLevels = 100

/** Reads a value that is written as YAML; throws an Error that says what is wrong with it. */
export function readYamlValue(text: string): ParameterValue {
  if (text.length > maxCharacters) throw new Error(`it has more than ${maxCharacters} characters`)
  const document = parseYaml(text, maxLevels)
  return new Conversion(document).convert(document.root, 0)
}

/** Reads the parameters that YAML text names; throws an Error that says what is wrong with it. */
export function readYaml(text: string): ParameterMap {
  const root = readYamlValue(text)
  if (root === null) return new Map()
  if (root instanceof Map) return root
  throw new Error('it has no names; write "NAME: VALUE", one a line')
}

/** From nodes to values. Aliases can make a few lines stand for billions, so all are counted. */
class Conversion {
  readonly #yaml: typeof Yaml
  readonly #targets: YamlDocument['targets']
  #values = 0

  constructor({ yaml, targets }: YamlDocument) {
    this.#yaml = yaml
    this.#targets = targets
  }

  convert(node: unknown, depth: number): ParameterValue {
    if (depth > maxLevels) throw tooDeep(maxLevels)
    if (++this.#values > maxValues) throw new Error(`it has more than ${maxValues} values`)
    const found = this.#resolved(node)
    if (this.#yaml.isSeq(found)) return found.items.map((item) => this.convert(item, depth + 1))
    if (this.#yaml.isMap(found)) return this.#map(found, depth)
    return scalarValue(this.#yaml.isScalar(found) ? found.value : found)
  }

  #resolved(node: unknown): unknown {
    return this.#yaml.isAlias(node) ? this.#targets.get(node) : node
  }

  /** As PyYAML orders them: what is merged stands before the map's own, which win. */
  #map({ items }: Yaml.YAMLMap, depth: number): ParameterMap {
    const merged = new Map<string, ParameterValue>()
    const own = new Map<string, ParameterValue>()
    for (const { key, value } of items) {
      if (this.#isMergeKey(key)) this.#merge(merged, value, depth)
      else own.set(keyText(this.convert(key, depth + 1)), this.convert(value, depth + 1))
    }
    return new Map([...merged, ...own])
  }

  /** A plain "<<"; in quotes it is a key like any other. */
  #isMergeKey(key: unknown): boolean {
    return this.#yaml.isScalar(key) && typeof key.value === 'symbol'
  }

  /** Of several maps, the first wins. */
  #merge(merged: Map<string, ParameterValue>, node: unknown, depth: number): void {
    const found = this.#resolved(node)
    const sources = this.#yaml.isSeq(found) ? found.items.toReversed() : [found]
    for (const source of sources) {
      const map = this.convert(source, depth + 1)
      if (!(map instanceof Map))
        throw new Error('it merges ("<<") what is neither a map nor a list of maps')
      for (const [name, value] of map) merged.set(name, value)
    }
  }
}

function scalarValue(value: unknown): ParameterValue {
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
