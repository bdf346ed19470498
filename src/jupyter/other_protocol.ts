import { asRunError, RunError } from '../errors.ts'
import { hasCertificateProblem } from './response_error.ts'
import { callServer } from './rest.ts'

const maxProbeMs = 2_000

/**
 * The error for a server that does not speak the protocol of `url`, but the other one of http and
 * https; null when that cannot be told. Sends one request without credentials, and never throws.
 */
export async function otherProtocolError(url: URL, signal: AbortSignal): Promise<RunError | null> {
  const isSecure = url.protocol === 'https:'
  const other = new URL(url)
  other.protocol = isSecure ? 'http:' : 'https:'
  other.port = url.port === '' ? (isSecure ? '443' : '80') : url.port
  if (!(await isSpoken(other, signal))) return null
  const cannot = `Cannot call ${url.host}`
  return isSecure
    ? new RunError('TLS_FAILED', `${cannot}: it speaks http, not https`, {
        advice: 'leave out --use-https',
      })
    : new RunError('SERVER_NOT_JUPYTER', `${cannot}: it speaks https, not http`, {
        advice: 'add --use-https',
      })
}

/** Whether something answers in the protocol of `url`, whatever it answers. */
async function isSpoken(url: URL, signal: AbortSignal): Promise<boolean> {
  const call = { purpose: `call ${url.host}`, probe: true, timeoutMs: maxProbeMs } as const
  try {
    const { status } = await callServer(new URL('api', url), async () => ({}), call, signal)
    return status !== 400 // with which many servers answer plain http where they expect https
  } catch (error) {
    return url.protocol === 'https:' && hasCertificateProblem(asRunError(error))
  }
}
