import { createRequire } from 'node:module'
import type * as Yaml from 'yaml'
import { field } from './fields.ts'
import { yamlTags } from './yaml_tags.ts'

/** A YAML document that is well formed and nested at most as deep as was allowed. */
export interface YamlDocument {
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
export function parseYaml(text: string, maxLevels: number): YamlDocument {
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

export function tooDeep(maxLevels: number): Error {
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
