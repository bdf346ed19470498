import { RunError } from '../errors.ts'
import { isRecord } from '../jupyter/json.ts'
import { deadline } from '../lifetime.ts'
import { good, skipped, warning, type Check, type Opinion } from './check.ts'
import { cullingCode } from './culling_code.ts'
import { listen, type Question } from './listen.ts'
import type { Patient } from './patient.ts'

/**
 * Whether the server ends kernels that nobody uses. Jupyter's API does not tell; a Python kernel on
 * the same machine can look at how the server was started.
 */
export const cullingCheck: Check = {
  name: 'culling',
  needs: ['kernel'],
  examine: lookForCulling,
  advice: 'start the server with --MappingKernelManager.cull_idle_timeout=900',
}

const lookMs = 10_000
const question: Question = { code: cullingCode, isAll: ({ text }) => text.trim() !== '' }

async function lookForCulling({ chart }: Patient, signal: AbortSignal): Promise<Opinion> {
  const { kernel } = chart
  const { advice } = cullingCheck
  if (kernel?.implementation !== 'ipython') return untold('the kernel is no Python')
  using limit = deadline(lookMs, tooSlow, signal)
  const { text } = await listen(kernel, question, limit.signal)
  const seen = readSeen(text)
  if (seen === null) return untold('the kernel does not see the process of its server')
  if (seen.value === null) {
    return warning('is off, as it is unless the server is told otherwise', advice)
  }
  const seconds = Number(seen.value)
  if (Number.isNaN(seconds)) return good(`is set in ${seen.place}`)
  if (seconds > 0) return good(`kernels idle for ${seconds} s are ended (${seen.place})`)
  return warning(`is turned off in ${seen.place}`, advice)
}

function untold(reason: string): Opinion {
  return skipped(`cannot be told from outside: ${reason}`, `to be sure, ${cullingCheck.advice}`)
}

interface Seen {
  /** As it is written there; null when it is not set. */
  readonly value: string | null
  readonly place: string
}

/** The last line is ours. */
function readSeen(text: string): Seen | null {
  try {
    const seen: unknown = JSON.parse(text.trim().split('\n').at(-1) ?? '')
    if (!isRecord(seen) || typeof seen['place'] !== 'string') return null
    const { value, place } = seen
    return { value: typeof value === 'string' ? value : null, place }
  } catch {
    return null
  }
}

function tooSlow(): RunError {
  const message = `Cannot look for culling: the kernel did not answer within ${lookMs / 1000} s`
  return new RunError('CONNECTION_LOST', message)
}
