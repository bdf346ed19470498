import { isWeakSecret, maskable, SecretFinder } from './secret_finder.ts'
import { masked, merged, type Span } from './span.ts'

/** Masks secrets in texts and JSON-like data. */
export interface Masks {
  readonly text: (text: string) => string
  /** For JSON-like data: returns the same object when it holds no secret, else a masked copy. */
  readonly value: <T>(value: T) => T
}

/** Whether the text would not be shown as it is. */
export function holdsSecret(text: string, { text: mask }: Pick<Masks, 'text'>): boolean {
  return mask(text) !== text
}

/** Masks secrets in everything that is shown or stored. */
export interface Redactor extends Masks {
  /**
   * For names and text that users chose: paths, names of files and parameters, cell sources. Weak
   * secrets (`isWeakSecret()`), such as ordinary words, are not masked in them.
   */
  readonly names: Masks
  /**
   * Index where a possible secret begins that the text may break off in; the text's length if there
   * is none. Pass `isContinued` for a text that begins with what was held back from an earlier one.
   */
  readonly partialSecretStart: (text: string, isContinued?: boolean) => number
  /** Masks these as well from now on, for secrets that are created during the run. */
  readonly addSecrets: (secrets: readonly string[]) => void
}

type Replace = (text: string) => string

interface Replacers {
  readonly text: Replace
  readonly key: Replace
  /** null when no secret looks like a number. */
  readonly number: Replace | null
  /** Objects with long texts in which these replacers found no secret. */
  readonly clean: WeakSet<object>
}

/** Minimum length, in characters, of texts whose search result is remembered. */
const longText = 65_536

/** Secrets of fewer than 4 characters or of more than 1 MB are not masked. */
export function createRedactor(secrets: readonly string[]): Redactor {
  const given = new Set(maskable(secrets))
  const first = finderGroup([...given])
  let additional: ReadonlySet<string> = new Set()
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
      const added = maskable(more).filter((secret) => !given.has(secret) && !additional.has(secret))
      if (added.length === 0) return
      additional = new Set([...additional, ...added])
      group = joinedGroup(first, finderGroup([...additional]))
      masks = masksOf(group)
    },
  }
}

function masksOf(group: FinderGroup): { readonly anywhere: Masks; readonly inNames: Masks } {
  const { anywhere, inNames, inNumbers } = group
  const key = rememberingClean((name) => withoutSecrets(name, inNames))
  const number: Replace | null = inNumbers && ((digits) => withoutSecrets(digits, inNumbers))
  const text = rememberingClean((whole) => withoutSecrets(whole, anywhere))
  return { anywhere: masksBy({ text, key, number }), inNames: masksBy({ text: key, key, number }) }
}

/** Maximum length, in characters, and number of the short texts that are remembered. */
const short = { maxLength: 64, count: 1_000 } as const

/**
 * Does not search again a short text in which there was no secret: the names of fields and many of
 * their values are the same in every cell and every message.
 */
function rememberingClean(replace: Replace): Replace {
  const clean = new Set<string>()
  return (text) => {
    if (text.length > short.maxLength) return replace(text)
    if (clean.has(text)) return text
    const shownText = replace(text)
    if (shownText !== text) return shownText
    if (clean.size >= short.count) clean.clear()
    clean.add(text)
    return text
  }
}

function masksBy(parts: Omit<Replacers, 'clean'>): Masks {
  const replacers = { ...parts, clean: new WeakSet<object>() }
  return {
    text: replacers.text,
    value: (value) => (hasSecret(value, replacers) ? copyWithout(value, replacers) : value),
  }
}

/**
 * This and `copyWithout()` are not recursive: a kernel's data may nest thousands of levels deep. A
 * large output is part of an event, of the result and of the notebook, but is searched only once.
 */
function hasSecret(root: unknown, replacers: Replacers): boolean {
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

/** A single value without secrets; a number that contains one becomes text. */
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

/** Whether it is an array or a plain object of any realm, not an Error, a URL or a Buffer. */
function isTree(value: unknown): value is Tree {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return true
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

type Finder = Pick<SecretFinder, 'find' | 'partialSecretStart'>

/** One finder for each kind of text. */
interface FinderGroup {
  readonly anywhere: Finder
  /** For names: without weak secrets. */
  readonly inNames: Finder
  /** For numbers; null when no secret looks like one. */
  readonly inNumbers: Finder | null
}

/** Shorter numbers are not masked: they are rarely secrets. */
const minNumberLength = 8

const isNumeric = /^-?[\d.]+(?:e[-+]?\d+)?$/i

/** Pass secrets as `maskable()` returns them. */
function finderGroup(secrets: readonly string[]): FinderGroup {
  const strong = secrets.filter((secret) => !isWeakSecret(secret))
  const numeric = secrets.filter((secret) => {
    return secret.length >= minNumberLength && isNumeric.test(secret)
  })
  const anywhere = finderOf(secrets)
  const inNames = strong.length === secrets.length ? anywhere : finderOf(strong)
  return { anywhere, inNames, inNumbers: numeric.length === 0 ? null : finderOf(numeric) }
}

/** A group that finds what either of the two finds. */
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
