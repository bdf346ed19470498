import type { IncomingHttpHeaders } from 'node:http'
import { RunError } from '../errors.ts'

/** `none` is a person who typed the address. */
const ours = ['same-origin', 'none']

/**
 * Refuses what a web page of another site makes a browser send: with IAP in front, the browser's
 * cookies would open the door for it. The pages that we answer with count as another site, too.
 */
export function refuseCrossSite({ origin, host, ...headers }: IncomingHttpHeaders): void {
  const site = headers['sec-fetch-site']
  // Older browsers tell the origin alone, and programs tell neither.
  if (site === undefined ? isOurs(origin, host) : ours.includes(site)) return
  throw new RunError(
    'ORIGIN_REFUSED',
    'Cannot answer: a web page of another site sent the request; send it from a program of yours',
  )
}

function isOurs(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true
  return URL.canParse(origin) && new URL(origin).host === host
}
