import { createHash } from 'node:crypto'

/** A script's source in a content security policy, which then allows this script and no other. */
export function scriptHash(script: string): string {
  return `'sha256-${createHash('sha256').update(script).digest('base64')}'`
}
