import { invalidArguments } from '../errors.ts'
import { lookalikeReason } from '../util/lookalikes.ts'
import { quoteAddress } from '../util/text.ts'
import { type Env, variableOf } from './env.ts'
import { positionals } from './options.ts'
import type { RunOptions } from './run_options.ts'

type TargetOptions = Pick<RunOptions, 'host' | 'notebook'>

/** The host that is called, as it was given or as JUPYTER_SERVER names it; throws ARGUMENTS_INVALID when none is. */
export function targetHost(options: TargetOptions, env: Env): string {
  checkOnlyArgument(options)
  return options.host ?? required('host', env)
}

/**
 * Whether `target`, the host of these options, is called by https. JUPYTER_SERVER cannot carry
 * --use-https; port 443 serves nothing else.
 */
export function usesHttps(
  { host, useHttps }: Pick<RunOptions, 'host' | 'useHttps'>,
  target: string,
): boolean {
  return useHttps || (host === null && target.endsWith(':443'))
}

/** The address of the notebook, as it was given or as JUPYTER_NOTEBOOK names it; throws when none is. */
export function targetNotebook(options: TargetOptions, env: Env): string {
  if (options.notebook !== null) return options.notebook
  targetHost(options, env) // without arguments, the host is the first that is missing
  return required('notebook', env)
}

/** A host that was given alone may have been meant as something else. */
function checkOnlyArgument({ host, notebook }: TargetOptions): void {
  if (host === null || notebook !== null) return
  const cannot = `Cannot read the argument ${quoteAddress(host)}`
  if (host.includes('://')) {
    throw invalidArguments(`${cannot}: it is a URL`, {
      advice: 'write HOST[:PORT], a space, and the path',
    })
  }
  const reason = lookalikeReason(host) // a notebook, maybe, in quotes of another kind
  if (reason !== null) throw invalidArguments(`${cannot}: ${reason.what}`, reason)
}

function required(name: keyof typeof positionals, env: Env): string {
  const { argument, variable } = positionals[name]
  const value = variableOf(env, variable)
  if (value !== null) return value
  throw invalidArguments(`Cannot run a notebook: the ${name} is missing`, {
    advice: `write "${argument}" or set ${variable}, as in "localhost:8888 /reports/daily.ipynb"`,
  })
}
