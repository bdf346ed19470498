import { createHash, timingSafeEqual } from 'node:crypto'
import { RunError, type RunErrorOptions } from '../errors.ts'
import { type Env, variableOf } from '../request/env.ts'

const minKeyLength = 16

/** The API key that requests must send; null when none is required, as behind Cloud Run's IAM check. */
export function readKey(env: Env): string | null {
  const key = variableOf(env, 'NBTRIGGER_HTTP_KEY')
  if (key === null) return null
  if (key.length < minKeyLength) {
    throw unusable(`it has fewer than ${minKeyLength} characters, and could be guessed`)
  }
  if (/[^ -~]/.test(key)) {
    throw unusable('it has a character that not every client can send in a header', {
      advice: 'use ASCII',
    })
  }
  return key
}

function unusable(reason: string, options: RunErrorOptions = {}): RunError {
  return new RunError('ARGUMENTS_INVALID', `Cannot use NBTRIGGER_HTTP_KEY: ${reason}`, options)
}

/** Throws KEY_REFUSED for a missing or invalid key; compares in constant time. */
export function checkKey(key: string | null, authorization: string | undefined): void {
  if (key === null) return
  const [, given = ''] = /^Bearer +(\S.*)$/i.exec(authorization ?? '') ?? []
  if (timingSafeEqual(digest(given), digest(key))) return
  throw new RunError('KEY_REFUSED', 'Cannot answer: missing or invalid API key', {
    advice: 'send it as "Authorization: Bearer KEY"',
  })
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
