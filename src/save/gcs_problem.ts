import { cutText } from '../cut_text.ts'
import { isRecord } from '../jupyter/json.ts'
import { plainText } from '../plain_text.ts'

/** 429: this write came less than a second after the last one to the same object. */
const passing = new Set('408 429 500 502 503 504 ECONNRESET EPIPE ETIMEDOUT EAI_AGAIN'.split(' '))

const longestText = 300

/** Whether the same write may go well a little later. */
export function isPassing(error: unknown): boolean {
  return passing.has(codeOf(error))
}

/** What is wrong and what to do, for the end of a message. */
export function gcsProblem(error: unknown, bucket: string): string {
  const code = codeOf(error)
  switch (code) {
    case '401':
    case '403':
      return (
        `Cloud Storage refuses the write (${code}); the caller needs the role ` +
        `storage.objectUser on the bucket "${bucket}"`
      )
    case '404':
      return `there is no bucket "${bucket}" (404); make it or name another one`
    default:
      return code === '' ? textOf(error) : `Cloud Storage fails with ${code}: ${textOf(error)}`
  }
}

function codeOf(error: unknown): string {
  const code = isRecord(error) ? (error['code'] ?? error['status']) : null
  return typeof code === 'number' || typeof code === 'string' ? String(code) : ''
}

function textOf(error: unknown): string {
  const text = isRecord(error) ? String(error['message']) : String(error)
  return cutText(plainText(text).replaceAll(/\s+/g, ' ').trim(), longestText)
}
