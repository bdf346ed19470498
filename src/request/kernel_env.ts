import { unusable } from './env.ts'
import type { RunOptions } from './run_options.ts'

const source = '--kernel-env'

/** The variables that `--kernel-env` sets, by their names; throws ARGUMENTS_INVALID. */
export function readKernelEnv({ kernelEnv }: RunOptions): ReadonlyMap<string, string> {
  const variables = new Map<string, string>()
  for (const text of kernelEnv) {
    const [, name, value] = /^([A-Za-z_]\w*)=([^]*)$/.exec(text) ?? []
    if (name === undefined || value === undefined) {
      // What is behind "=" may be a secret.
      throw unusable({ value: text.split('=', 1)[0] ?? '', source }, 'it is not NAME=VALUE')
    }
    if (name === 'KERNEL_ID') throw unusable({ value: name, source }, 'the run chooses it')
    if (variables.has(name)) throw unusable({ value: name, source }, 'it is given twice')
    variables.set(name, value)
  }
  return variables
}
