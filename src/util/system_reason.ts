import { field, isRecord } from './record.ts'

/** Why a call of the system failed: in the words of `known` for its code, as "ENOENT", else by the code. */
export function systemReason(cause: unknown, known: Readonly<Record<string, string>> = {}): string {
  const code = isRecord(cause) ? String(cause['code']) : 'unknown'
  return known[code] ?? `the system says ${code}`
}

/** Whether a call of the system failed because nothing is there, or a folder in its path is a file. */
export function isMissing(error: unknown): boolean {
  const code = field(error, 'code')
  return code === 'ENOENT' || code === 'ENOTDIR'
}
