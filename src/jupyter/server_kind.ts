import { RunError } from '../errors.ts'
import { isRecord } from '../util/record.ts'
import { type Call, responseLimits, type RestClient } from './rest.ts'

/** A Kernel Gateway and an Enterprise Gateway have the API of kernels, and none of files. */
export type ServerKind = 'Jupyter Server' | 'Kernel Gateway' | 'Enterprise Gateway'

/**
 * Finds out which kind of server it is: a gateway answers `/api` and not `/api/contents`, and an
 * Enterprise Gateway tells its own version (`APIVersionHandler` of both projects).
 */
export async function findKind(rest: RestClient, signal: AbortSignal): Promise<ServerKind> {
  const call: Call = { purpose: 'find out which server it is', timeoutMs: 10_000 }
  const root = 'api/contents?type=directory&content=0'
  const { status, json } = await rest.callIdempotent(root, call, { signal })
  if (status !== 404 || !isRecord(json)) return 'Jupyter Server'
  const version: Call = { ...call, limit: responseLimits.version }
  const answer = await rest.callIdempotent('api', version, { signal })
  return isRecord(answer.json) && 'gateway_version' in answer.json
    ? 'Enterprise Gateway'
    : 'Kernel Gateway'
}

/** The error for a notebook that is to be read from a server that has no files. */
export function noFilesOn(kind: ServerKind, purpose: string): RunError {
  return new RunError(
    'NOTEBOOK_NOT_FOUND',
    `Cannot ${purpose}: the server is a ${kind}, which has no files`,
    { advice: 'name a notebook that comes from elsewhere: ./daily.ipynb, gs://…, https://…' },
  )
}
