/** Marks of truncated text: nbtrigger's, Python's, and that of R's str(). */
const marks = ['…', '...', '__truncated__']

/** Characters that may surround a mark: `[...]`, ` ...`, `"abc"| __truncated__`. */
export const around = new Set<string>(' "\'|[](){}<>')
export const maxAround = 3

/** A mark in a text. The truncated text ends somewhere between `firstEnd` and `lastEnd`. */
export interface Elision {
  /** Before the characters around the mark. */
  readonly firstEnd: number
  /** Before the mark itself. */
  readonly lastEnd: number
  /** After the mark. */
  readonly end: number
}

/** All marks in the text: first all of one kind, in order, then the next kind. */
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
