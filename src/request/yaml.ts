import type * as Yaml from 'yaml'
import { floatText, type ParameterMap, type ParameterValue } from '../parameter.ts'
import { parseYaml, tooDeep, type YamlDocument } from './yaml_document.ts'

const maxCharacters = 1_000_000
const maxValues = 100_000
const maxLevels = 100

/** Reads the parameters that YAML text names; throws an Error that says what is wrong with it. */
export function readYaml(text: string): ParameterMap {
  if (text.length > maxCharacters) throw new Error(`it has more than ${maxCharacters} characters`)
  const document = parseYaml(text, maxLevels)
  const root = new Conversion(document).convert(document.root, 0)
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
