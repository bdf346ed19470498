import { RunError } from '../errors.ts'
import { variableOf, type Env } from './environment.ts'
import { messageSeconds } from './options.ts'
import { quoted } from '../quoted.ts'

/**
 * Refuses a message that has waited too long, as after an outage of a day: its hour is over, and
 * the schedule has sent others since. `publishedAt` is ISO 8601.
 */
export function checkAge(publishedAt: string | null, env: Env, now = Date.now()): void {
  const most = maxSeconds(env)
  const seconds = (now - Date.parse(publishedAt ?? '')) / 1000
  if (Number.isNaN(seconds) || seconds <= most) return
  throw new RunError(
    'MESSAGE_TOO_OLD',
    `Cannot run what was asked for ${Math.round(seconds)} s ago: ` +
      `messages are good for ${most} s (NBTRIGGER_MAX_AGE); publish it again if it is still wanted`,
  )
}

function maxSeconds(env: Env): number {
  const text = variableOf(env, 'NBTRIGGER_MAX_AGE')
  if (text === null) return messageSeconds
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text)
  const reason = 'it is not a whole number of seconds above 0'
  throw new RunError(
    'ARGUMENTS_INVALID',
    `Cannot use ${quoted(text)} as NBTRIGGER_MAX_AGE: ${reason}`,
  )
}
