import { RunError } from '../errors.ts'
import { quoteForError } from '../util/text.ts'
import type { RunOptions } from './run_options.ts'

/** The variables that `--kernel-env` sets, by their names; throws ARGUMENTS_INVALID. */
export function readKernelEnv({ kernelEnv }: RunOptions): ReadonlyMap<string, string> {
  const variables = new Map<string, string>()
  for (const text of kernelEnv) {
    const [, name, value] = /^([A-Za-z_]\w*)=([^]*)$/.exec(text) ?? []
    if (name === undefined || value === undefined) {
      throw invalid(text.split('=', 1)[0] ?? '', 'it is not NAME=VALUE')
    }
    if (name === 'KERNEL_ID') throw invalid(name, 'the run chooses it')
    if (variables.has(name)) throw invalid(name, 'it is given twice')
    variables.set(name, value)
  }
  return variables
}

/** What is behind "=" may be a secret. */
function invalid(name: string, reason: string): RunError {
  const what = `Cannot use ${quoteForError(name)} as --kernel-env: ${reason}`
  return new RunError('ARGUMENTS_INVALID', what)
}
