const furthest = 2

/** The candidate that differs from `text` in two characters at most, as a typing error does. */
export function closestString(text: string, candidates: readonly string[]): string | null {
  const typed = bare(text)
  const allowed = Math.min(furthest, typed.length - 1)
  const close = candidates
    .filter((candidate) => Math.abs(bare(candidate).length - typed.length) <= allowed)
    .map((candidate) => ({ candidate, distance: distance(typed, bare(candidate)) }))
    .filter((found) => found.distance <= allowed)
  return close.toSorted((a, b) => a.distance - b.distance)[0]?.candidate ?? null
}

/** A flag without its dashes, of whatever kind and wherever they stand. */
function bare(flag: string): string {
  return flag.toLowerCase().replace(/[\p{Pd}\u2212_]/gu, '')
}

/** How many characters must be put in, left out or replaced to make `b` of `a`. */
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
