import { isIPv4 } from 'node:net'
import type { Storage } from '@google-cloud/storage'
import { type ErrorCode, type Reason, RunError } from '../errors.ts'
import { abortable } from './abort.ts'
import { isRecord } from './record.ts'
import { cutText, plainText } from './text.ts'

/** A bucket's name may be a domain; this is one part of it. */
const bucketPart = /^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$/

export function isBucketName(name: string): boolean {
  const hasLength = name.length >= 3 && name.length <= 222
  const isReserved = name.startsWith('goog') || isIPv4(name)
  return hasLength && !isReserved && name.split('.').every((part) => bucketPart.test(part))
}

export interface StorageUse {
  /** What it is for, at the beginning of a message: 'Cannot save "gs://bucket/a.ipynb"'. */
  readonly purpose: string
  /** Of the error when there are no credentials. */
  readonly code: ErrorCode
}

/** The library is loaded when it is needed; its own retries are off, for they cannot be stopped. */
export async function openStorage(
  { purpose, code }: StorageUse,
  signal: AbortSignal,
): Promise<Storage> {
  const { Storage } = await import('@google-cloud/storage')
  const storage = new Storage({ retryOptions: { autoRetry: false } })
  if (storage.customEndpoint) return storage // the emulator's, which asks for no credentials
  try {
    await abortable(storage.authClient.getAccessToken(), signal)
  } catch (cause) {
    signal.throwIfAborted()
    const advice =
      'run "gcloud auth application-default login", or name a key in GOOGLE_APPLICATION_CREDENTIALS'
    const what = `${purpose}: there are no Google Cloud credentials that work`
    throw new RunError(code, what, { advice, cause })
  }
  return storage
}

/** 429: this write came less than a second after the last one to the same object. */
const passing = new Set('408 429 500 502 503 504 ECONNRESET EPIPE ETIMEDOUT EAI_AGAIN'.split(' '))

const maxText = 300

/** Whether the same call may go well a little later. */
export function isPassing(error: unknown): boolean {
  return passing.has(codeOf(error))
}

export interface StorageCall {
  readonly bucket: string
  /** What was tried: "write". */
  readonly verb: string
  /** The role that the caller needs on the bucket. */
  readonly role: string
}

/** Why Cloud Storage did not do what it should. */
export function gcsProblem(error: unknown, { bucket, verb, role }: StorageCall): Reason {
  const code = codeOf(error)
  switch (code) {
    case '401':
    case '403':
      return {
        what: `Cloud Storage refuses the ${verb} (${code})`,
        advice: `the caller needs the role ${role} on the bucket "${bucket}"`,
      }
    case '404':
      return { what: `there is no bucket "${bucket}" (404)`, advice: 'make it or name another one' }
    default:
      return { what: `${code === '' ? '' : `Cloud Storage fails with ${code}: `}${textOf(error)}` }
  }
}

export function codeOf(error: unknown): string {
  const code = isRecord(error) ? (error['code'] ?? error['status']) : null
  return typeof code === 'number' || typeof code === 'string' ? String(code) : ''
}

function textOf(error: unknown): string {
  const text = isRecord(error) ? String(error['message']) : String(error)
  return cutText(plainText(text).replaceAll(/\s+/g, ' ').trim(), maxText)
}
