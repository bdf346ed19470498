import { isWeakSecret, maskable, SecretFinder } from './secret_finder.ts'
import { masked, merged, type Span } from './span.ts'

/** Takes secrets out of texts and JSON-like data. */
export interface Masks {
  readonly text: (text: string) => string
  /** Of JSON-like data: the same object when it holds no secret, else a copy without them. */
  readonly value: <T>(value: T) => T
}

/** Takes secrets out of everything that is shown or stored. */
export interface Redactor extends Masks {
  /**
   * For names and text that people chose: paths, names of files and parameters, sources of cells.
   * A secret that ordinary text may hold, such as a word, is left in it.
   */
  readonly names: Masks
  /**
   * Where the end of a text begins that may be the beginning of a secret; its length if none is.
   * `isContinued` says that the text goes on from where an earlier one was open.
   */
  readonly partialSecretStart: (text: string, isContinued?: boolean) => number
  /** Takes these out too from now on: a secret may be made while the run goes on. */
  readonly addSecrets: (secrets: readonly string[]) => void
}

type Replace = (text: string) => string

interface Replacers {
  readonly text: Replace
  readonly key: Replace
  /** null when no secret looks like a number. */
  readonly number: Replace | null
  /** What has a long text, was searched with these, and holds no secret. */
  readonly clean: WeakSet<object>
}

/** From here on it is worth remembering that no secret is in a text. */
const longText = 65_536

/** Secrets of fewer than 4 characters or of more than 1 MB are not masked. */
export function createRedactor(secrets: readonly string[]): Redactor {
  const given = new Set(maskable(secrets))
  const first = finderGroup([...given])
  let learnt: ReadonlySet<string> = new Set()
  let group = first
  let masks = masksOf(group)
  return {
    text: (text) => masks.anywhere.text(text),
    value: (value) => masks.anywhere.value(value),
    names: {
      text: (text) => masks.inNames.text(text),
      value: (value) => masks.inNames.value(value),
    },
    partialSecretStart: (text, isContinued = false) =>
      group.anywhere.partialSecretStart(text, isContinued),
    addSecrets: (more) => {
      const added = maskable(more).filter((secret) => !given.has(secret) && !learnt.has(secret))
      if (added.length === 0) return
      learnt = new Set([...learnt, ...added])
      group = joinedGroup(first, finderGroup([...learnt]))
      masks = masksOf(group)
    },
  }
}

function masksOf(group: FinderGroup): { readonly anywhere: Masks; readonly inNames: Masks } {
  const { anywhere, inNames, inNumbers } = group
  const key: Replace = (text) => withoutSecrets(text, inNames)
  const number: Replace | null = inNumbers && ((text) => withoutSecrets(text, inNumbers))
  const text: Replace = (whole) => withoutSecrets(whole, anywhere)
  return { anywhere: masksBy({ text, key, number }), inNames: masksBy({ text: key, key, number }) }
}

function masksBy(parts: Omit<Replacers, 'clean'>): Masks {
  const replacers = { ...parts, clean: new WeakSet<object>() }
  return {
    text: replacers.text,
    value: (value) => (holdsSecret(value, replacers) ? copyWithout(value, replacers) : value),
  }
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
  const maskedDigits = number(digits)
  return maskedDigits === digits ? value : maskedDigits
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

type Finder = Pick<SecretFinder, 'find' | 'partialSecretStart'>

/** What finds secrets, by what they are looked for in. */
interface FinderGroup {
  readonly anywhere: Finder
  /** In names, where a secret that ordinary text may hold is none. */
  readonly inNames: Finder
  /** In numbers; null when no secret looks like one. */
  readonly inNumbers: Finder | null
}

/** A number with fewer digits is more often a number than a secret. */
const minNumberLength = 8

const isNumeric = /^-?[\d.]+(?:e[-+]?\d+)?$/i

/** The secrets are those of `maskable()`. */
function finderGroup(secrets: readonly string[]): FinderGroup {
  const strong = secrets.filter((secret) => !isWeakSecret(secret))
  const numeric = secrets.filter((secret) => {
    return secret.length >= minNumberLength && isNumeric.test(secret)
  })
  const anywhere = finderOf(secrets)
  const inNames = strong.length === secrets.length ? anywhere : finderOf(strong)
  return { anywhere, inNames, inNumbers: numeric.length === 0 ? null : finderOf(numeric) }
}

/** Finds what each of the groups finds. */
function joinedGroup(first: FinderGroup, second: FinderGroup): FinderGroup {
  const numbers = [first.inNumbers, second.inNumbers].filter((finder) => finder !== null)
  return {
    anywhere: joined([first.anywhere, second.anywhere]),
    inNames: joined([first.inNames, second.inNames]),
    inNumbers: numbers.length === 0 ? null : joined(numbers),
  }
}

/** The text with `[redacted]` in the place of each secret. */
function withoutSecrets(text: string, finder: Finder): string {
  return masked(text, finder.find(text))
}

function finderOf(secrets: readonly string[]): Finder {
  return secrets.length === 0 ? nothing : new SecretFinder(secrets)
}

const nothing: Finder = { find: () => [], partialSecretStart: (text) => text.length }

function joined(finders: readonly Finder[]): Finder {
  const find = (text: string): readonly Span[] => merged(finders.flatMap((each) => each.find(text)))
  return {
    find,
    partialSecretStart: (text, isContinued) => {
      const place = Math.min(...finders.map((each) => each.partialSecretStart(text, isContinued)))
      return find(text).find(({ start, end }) => start < place && end > place)?.start ?? place
    },
  }
}
