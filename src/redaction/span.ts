/** A part of a text, by the place of its first character and the one behind its last. */
export interface Span {
  readonly start: number
  readonly end: number
  /** Whether it reaches the end of the text and may go on behind it. */
  readonly isOpen: boolean
}

/** The spans in order, those that overlap made one; those that only touch stay two. */
export function merged(spans: readonly Span[]): readonly Span[] {
  const result: Span[] = []
  for (const span of spans.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    const last = result.at(-1)
    if (last === undefined || span.start >= last.end) result.push(span)
    else if (span.end > last.end) result[result.length - 1] = { ...span, start: last.start }
  }
  return result
}

/** The text with `[redacted]` in the place of each span; they must be in order and apart. */
export function masked(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text
  const pieces: string[] = []
  let from = 0
  for (const { start, end } of spans) {
    pieces.push(text.slice(from, start), '[redacted]')
    from = end
  }
  return pieces.join('') + text.slice(from)
}
