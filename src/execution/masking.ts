/** Hides secrets in what is cut: a part of one would not be known as such later. */
export interface Masking {
  /** The text without secrets. */
  readonly text: (text: string) => string
  /** Where the end of the text begins that may be the beginning of a secret; its length if none. */
  readonly openEnd: (text: string) => number
}

/** Of a run without secrets. */
export const noMasking: Masking = { text: (text) => text, openEnd: (text) => text.length }
