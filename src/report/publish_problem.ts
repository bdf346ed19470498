import { cutText } from '../cut_text.ts'
import { plainText } from '../plain_text.ts'

/** Of gRPC's status codes, those that tell what to do. */
const problems: Readonly<Record<string, (topic: string) => string>> = {
  5: (topic) => `there is no such topic; make it with "gcloud pubsub topics create ${topic}"`,
  7: () => 'Google Cloud refuses it; the caller needs the role pubsub.publisher on the topic',
  16: () => 'Google Cloud does not accept the credentials',
  NO_CREDENTIALS: () =>
    'there are no Google Cloud credentials that work; ' +
    'run "gcloud auth application-default login", or name a key in GOOGLE_APPLICATION_CREDENTIALS',
}

const longestText = 300

/** What is wrong and what to do, for the end of a message; `cause` is what the library threw. */
export function publishProblem(cause: unknown, topic: string): string {
  return problems[codeOf(cause)]?.(topic) ?? textOf(cause)
}

function codeOf(cause: unknown): string {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : ''
  return typeof code === 'number' || typeof code === 'string' ? String(code) : ''
}

function textOf(cause: unknown): string {
  const hasMessage = typeof cause === 'object' && cause !== null && 'message' in cause
  const text = plainText(String(hasMessage ? cause.message : cause))
  return cutText(text.replaceAll(/\s+/g, ' ').trim(), longestText)
}
