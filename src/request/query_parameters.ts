import { RunError } from '../errors.ts'
import type { ParameterMap, ParameterValue } from '../parameter.ts'
import { quoted } from '../quoted.ts'
import { typedValue } from './typing.ts'

/** The name in a query that asks for the result alone; a parameter of this name goes in the body. */
export const resultName = 'result'

/** The parameters that a query gives, typed as `--parameter` types them. */
export function queryParameters(query: URLSearchParams): ParameterMap {
  const parameters = new Map<string, ParameterValue>()
  for (const [name, text] of query) {
    if (name === resultName) continue
    if (parameters.has(name)) throw invalid(name, 'it is given twice; keep one of them')
    parameters.set(name, valueOf(name, text))
  }
  return parameters
}

function valueOf(name: string, text: string): ParameterValue {
  try {
    return typedValue(text)
  } catch (cause) {
    const { message }: { readonly message?: unknown } = Object(cause)
    throw invalid(name, String(message))
  }
}

function invalid(name: string, reason: string): RunError {
  return new RunError('ARGUMENTS_INVALID', `Cannot set the parameter ${quoted(name)}: ${reason}`)
}
