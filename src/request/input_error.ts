import { RunError } from '../errors.ts'
import { noOptions, type RunOptions } from './run_options.ts'

/** What a report can say of input, whether it was refused or not. */
export interface KnownOptions {
  readonly options: RunOptions
  /** False where only some of the options could be read. */
  readonly isWhole: boolean
}

/** The error for input that is refused before it is a request, with what is known of it. */
export class InputError extends RunError {
  readonly known: KnownOptions

  constructor(error: RunError, known: KnownOptions) {
    const { code, what, advice } = error
    super(code, what, { advice, cause: error })
    this.known = known
  }
}

/** What is known of the options of a run; nothing for an error that is no InputError. */
export function knownOptions(options: RunOptions | RunError): KnownOptions {
  if (!(options instanceof RunError)) return { options, isWhole: true }
  return options instanceof InputError ? options.known : { options: noOptions, isWhole: false }
}
