import { RunError } from '../errors.ts'
import { readHost } from './host.ts'
import { readSegments } from '../path_segments.ts'
import { quotedAddress } from '../quoted.ts'

export interface ServerOptions {
  readonly useHttps: boolean
  /** Encoded or not, with or without slashes around it. */
  readonly baseUrl: string
}

/** The server's address: scheme, host, port and base URL, ending in a slash. */
export function readServerAddress(host: string, { useHttps, baseUrl }: ServerOptions): URL {
  const url = readHost(host, { useHttps, purpose: 'call the host' })
  url.pathname = readBaseUrl(baseUrl)
  return url
}

function readBaseUrl(text: string): string {
  const refuse = (reason: string) => invalid(text, reason)
  if (text.includes('://')) throw refuse('it is a whole URL; write its path alone')
  if (/[?#\\]/.test(text)) throw refuse('it contains "?", "#" or "\\"; write the path alone')
  const names = readSegments(text, refuse).map((segment) => decoded(segment, refuse))
  // Once more, for what was hidden behind "%2e" and its like.
  for (const name of names) readSegments(name, refuse)
  return ['', ...names.map(encodeURIComponent), ''].join('/').replace(/^\/+$/, '/')
}

function decoded(segment: string, refuse: (reason: string) => RunError): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw refuse('it contains a "%" that encodes nothing; write "%25" for the character itself')
  }
}

function invalid(text: string, reason: string): RunError {
  return new RunError(
    'ARGUMENTS_INVALID',
    `Cannot use the base URL ${quotedAddress(text)}: ${reason}`,
  )
}
