import { openEndOf } from './open_end.ts'
import { spellingsOf } from './spellings.ts'

/** Takes secrets out of everything that is shown or stored. */
export interface Redactor {
  readonly text: (text: string) => string
  /** Of JSON-like data: the same object when it holds no secret, else a copy without them. */
  readonly value: <T>(value: T) => T
  /** Where the end of a text begins that may be the beginning of a secret; its length if none is. */
  readonly openEnd: (text: string) => number
  /** Takes these out too from now on: a secret may be made while the run goes on. */
  readonly learn: (secrets: readonly string[]) => void
}

type Replace = (text: string) => string

interface Replacers {
  readonly text: Replace
  readonly key: Replace
  /** null when no secret looks like a number. */
  readonly number: Replace | null
  /** What has a long text, was searched with these, and holds no secret. */
  readonly clean: WeakSet<object>
  readonly openEnd: (text: string) => number
}

/** From here on it is worth remembering that no secret is in a text. */
const longText = 65_536

/** Keys are names, many of them ours: a secret as short as "id" or "2026" is left in them. */
const shortestInKeys = 8

const isNumeric = /^-?[\d.]+(?:e[-+]?\d+)?$/i

export function createRedactor(secrets: readonly string[]): Redactor {
  let known: ReadonlySet<string> = new Set(secrets)
  let replacers = replacersOf(known)
  return {
    text: (text) => replacers.text(text),
    openEnd: (text) => replacers.openEnd(text),
    value: (value) => (holdsSecret(value, replacers) ? copyWithout(value, replacers) : value),
    learn: (more) => {
      if (more.every((secret) => known.has(secret))) return
      known = new Set([...known, ...more])
      replacers = replacersOf(known)
    },
  }
}

function replacersOf(known: ReadonlySet<string>): Replacers {
  const secrets = [...known]
  const long = secrets.filter((secret) => secret.length >= shortestInKeys)
  const numeric = long.filter((secret) => isNumeric.test(secret))
  return {
    text: replacerOf(secrets),
    key: replacerOf(long),
    number: numeric.length === 0 ? null : replacerOf(numeric),
    clean: new WeakSet(),
    openEnd: openEndOf(secrets, patternOf(secrets)),
  }
}

function replacerOf(secrets: readonly string[]): Replace {
  const secret = patternOf(secrets)
  return secret === null ? (text) => text : (text) => text.replace(secret, '[redacted]')
}

function patternOf(secrets: readonly string[]): RegExp | null {
  const spellings = secrets.filter((secret) => secret !== '').flatMap(spellingsOf)
  if (spellings.length === 0) return null
  // The longest first: of two secrets that begin alike, the longer one goes as a whole.
  const patterns = [...new Set(spellings)].toSorted((a, b) => b.length - a.length)
  return new RegExp(patterns.join('|'), 'g')
}

/**
 * Both walks go without recursion: what a kernel sends may be nested thousands of levels deep. A
 * large output is an event, a result and a part of the notebook, and is searched once.
 */
function holdsSecret(root: unknown, replacers: Replacers): boolean {
  const { key, clean } = replacers
  const todo = [root]
  const large: object[] = []
  while (todo.length > 0) {
    const value = todo.pop()
    if (!Object.is(shown(value, replacers), value)) return true
    if (!isTree(value) || clean.has(value)) continue
    if (!Array.isArray(value) && Object.keys(value).some((name) => key(name) !== name)) return true
    const children = Object.values(value)
    if (children.some(isLong)) large.push(value)
    for (const child of children) todo.push(child)
  }
  for (const tree of large) clean.add(tree)
  return false
}

function isLong(value: unknown): boolean {
  return typeof value === 'string' && value.length >= longText
}

function copyWithout<T>(root: T, replacers: Replacers): T {
  const holder = { root }
  const todo: { parent: Tree; name: string }[] = [{ parent: holder, name: 'root' }]
  for (let place = todo.pop(); place !== undefined; place = todo.pop()) {
    const { parent, name } = place
    const value = parent[name]
    parent[name] = shown(value, replacers)
    if (!isTree(value)) continue
    const copy = copyOf(value, replacers.key)
    parent[name] = copy
    for (const child of Object.keys(copy)) todo.push({ parent: copy, name: child })
  }
  return holder.root
}

/** A single value without secrets: a number that shows one becomes text. */
function shown(value: unknown, { text, number }: Replacers): unknown {
  if (typeof value === 'string') return text(value)
  if (number === null || (typeof value !== 'number' && typeof value !== 'bigint')) return value
  const digits = String(value)
  const masked = number(digits)
  return masked === digits ? value : masked
}

type Tree = Record<string, unknown>

function copyOf(tree: Tree, key: Replace): Tree {
  if (Array.isArray(tree)) return Object.assign([], tree)
  return Object.fromEntries(Object.entries(tree).map(([name, value]) => [key(name), value]))
}

/** A list or a plain object of any realm; an Error, a URL or a Buffer is neither. */
function isTree(value: unknown): value is Tree {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
