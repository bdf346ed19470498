const maxDistance = 2

/** The time grows with the square of the length: longer texts are no names that someone typed. */
const maxLength = 200
const maxCompared = 1_000

/**
 * The candidate that differs from `text` in at most two characters, as after a typing error; else null,
 * as for texts of more than 200 characters.
 */
export function closestString(text: string, candidates: readonly string[]): string | null {
  if (text.length > maxLength) return null
  const typed = bare(text)
  const allowed = Math.min(maxDistance, typed.length - 1)
  const close = candidates
    .filter((candidate) => Math.abs(bare(candidate).length - typed.length) <= allowed)
    .slice(0, maxCompared)
    .map((candidate) => ({ candidate, distance: distance(typed, bare(candidate)) }))
    .filter((found) => found.distance <= allowed)
  return close.toSorted((a, b) => a.distance - b.distance)[0]?.candidate ?? null
}

/** A flag in lower case without dashes and underscores of any kind. */
function bare(flag: string): string {
  return flag.toLowerCase().replace(/[\p{Pd}\u2212_]/gu, '')
}

/** The Levenshtein distance: how many characters to insert, delete or replace to get `b` from `a`. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (const [line, char] of a.split('').entries()) {
    const next = [line + 1]
    for (const [column, other] of b.split('').entries()) {
      const replaced = at(row, column) + (char === other ? 0 : 1)
      next.push(Math.min(replaced, at(row, column + 1) + 1, at(next, column) + 1))
    }
    row = next
  }
  return at(row, b.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity
}
