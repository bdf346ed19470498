/** What stands where somebody has left a part of a text out: ours, Python's, and that of R's str(). */
const marks = ['…', '...', '__truncated__']

/** What may stand before and behind a mark: `[...]`, ` ...`, `"abc"| __truncated__`. */
export const around = new Set<string>(' "\'|[](){}<>')
export const maxAround = 3

/** A mark in a text, by where what is left of the text before it may end. */
export interface Elision {
  /** Before the mark and what stands around it. */
  readonly firstEnd: number
  /** Before the mark itself. */
  readonly lastEnd: number
  /** Behind the mark. */
  readonly end: number
}

/** Every mark in the text, by kinds of marks. */
export function* elisions(text: string): Generator<Elision, void, void> {
  for (const mark of marks) {
    let from = 0
    for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, from)) {
      const least = Math.max(from, at - maxAround)
      let firstEnd = at
      while (firstEnd > least && around.has(text.charAt(firstEnd - 1))) firstEnd -= 1
      from = at + mark.length
      yield { firstEnd, lastEnd: at, end: from }
    }
  }
}
