import { spellingsOf } from './spellings.ts'

/** Takes secrets out of everything that is shown or stored. */
export interface Redactor {
  readonly text: (text: string) => string
  /** Of JSON-like data: the same object when it holds no secret, else a copy without them. */
  readonly value: <T>(value: T) => T
}

type Replace = (text: string) => string

interface Replacers {
  readonly text: Replace
  readonly key: Replace
}

/** Keys are names, many of them ours: a secret as short as "id" or "error" is left in them. */
const shortestInKeys = 8

export function createRedactor(secrets: readonly string[]): Redactor {
  const text = replacerOf(secrets)
  const key = replacerOf(secrets.filter((secret) => secret.length >= shortestInKeys))
  return {
    text,
    value: (value) =>
      holdsSecret(value, { text, key }) ? copyWithout(value, { text, key }) : value,
  }
}

function replacerOf(secrets: readonly string[]): Replace {
  const spellings = secrets.filter((secret) => secret !== '').flatMap(spellingsOf)
  if (spellings.length === 0) return (text) => text
  // The longest first: of two secrets that begin alike, the longer one goes as a whole.
  const patterns = [...new Set(spellings)].toSorted((a, b) => b.length - a.length)
  const secret = new RegExp(patterns.join('|'), 'g')
  return (text) => text.replace(secret, '[redacted]')
}

/** Both walks go without recursion: what a kernel sends may be nested thousands of levels deep. */
function holdsSecret(root: unknown, { text, key }: Replacers): boolean {
  const todo = [root]
  while (todo.length > 0) {
    const value = todo.pop()
    if (typeof value === 'string' && text(value) !== value) return true
    if (!isTree(value)) continue
    if (!Array.isArray(value) && Object.keys(value).some((name) => key(name) !== name)) return true
    for (const child of Object.values(value)) {
      if (typeof child === 'string' || isTree(child)) todo.push(child)
    }
  }
  return false
}

function copyWithout<T>(root: T, { text, key }: Replacers): T {
  const holder = { root }
  const todo: { parent: Tree; name: string }[] = [{ parent: holder, name: 'root' }]
  for (let place = todo.pop(); place !== undefined; place = todo.pop()) {
    const { parent, name } = place
    const value = parent[name]
    if (typeof value === 'string') parent[name] = text(value)
    if (!isTree(value)) continue
    const copy = copyOf(value, key)
    parent[name] = copy
    for (const child of Object.keys(copy)) todo.push({ parent: copy, name: child })
  }
  return holder.root
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
