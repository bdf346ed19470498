import type { ErrorFactory } from '../errors.ts'

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const unsendable = /[\p{Cc}\p{Cs}]/u

/** Percent-encodes a path for a URL, except for its slashes. */
export function encodedPath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

/** The names between the slashes of a path; throws what `refuse` makes of the reason. */
export function readSegments(path: string, refuse: ErrorFactory): readonly string[] {
  if (unsendable.test(path)) throw refuse('it contains a control character')
  const segments = path.split('/').filter((segment) => segment !== '')
  const steps = segments.find((segment) => segment === '.' || segment === '..')
  if (steps !== undefined)
    throw refuse(`it contains "${steps}"`, { advice: 'write the path without it' })
  return segments
}
