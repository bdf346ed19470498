import { SecretFinder } from './secret_finder.ts'
import { isWeakSecret } from './secrets.ts'
import { masked, merged, type Span } from './span.ts'

type Finder = Pick<SecretFinder, 'find' | 'openEnd'>

/** What finds secrets, by what they are looked for in. */
export interface FinderGroup {
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
export function finderGroup(secrets: readonly string[]): FinderGroup {
  const strong = secrets.filter((secret) => !isWeakSecret(secret))
  const numeric = secrets.filter((secret) => {
    return secret.length >= minNumberLength && isNumeric.test(secret)
  })
  const anywhere = finderOf(secrets)
  const inNames = strong.length === secrets.length ? anywhere : finderOf(strong)
  return { anywhere, inNames, inNumbers: numeric.length === 0 ? null : finderOf(numeric) }
}

/** Finds what each of the groups finds. */
export function joinedGroup(first: FinderGroup, second: FinderGroup): FinderGroup {
  const numbers = [first.inNumbers, second.inNumbers].filter((finder) => finder !== null)
  return {
    anywhere: joined([first.anywhere, second.anywhere]),
    inNames: joined([first.inNames, second.inNames]),
    inNumbers: numbers.length === 0 ? null : joined(numbers),
  }
}

/** The text with `[redacted]` in the place of each secret. */
export function withoutSecrets(text: string, finder: Finder): string {
  return masked(text, finder.find(text))
}

function finderOf(secrets: readonly string[]): Finder {
  return secrets.length === 0 ? nothing : new SecretFinder(secrets)
}

const nothing: Finder = { find: () => [], openEnd: (text) => text.length }

function joined(finders: readonly Finder[]): Finder {
  const find = (text: string): readonly Span[] => merged(finders.flatMap((each) => each.find(text)))
  return {
    find,
    openEnd: (text, isContinued) => {
      const place = Math.min(...finders.map((each) => each.openEnd(text, isContinued)))
      return find(text).find(({ start, end }) => start < place && end > place)?.start ?? place
    },
  }
}
