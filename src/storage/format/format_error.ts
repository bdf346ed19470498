/** Why a text cannot be formatted, for the end of a sentence. */
export class FormatError extends Error {
  override readonly name = 'FormatError'
  readonly advice: string | null

  constructor(reason: string, advice: string | null = null) {
    super(reason)
    this.advice = advice
  }
}
