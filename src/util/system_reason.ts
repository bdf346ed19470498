import { isRecord } from './record.ts'

/** Why a call of the system failed: in the words of `known` for its code, as "ENOENT", else by the code. */
export function systemReason(cause: unknown, known: Readonly<Record<string, string>> = {}): string {
  const code = isRecord(cause) ? String(cause['code']) : 'unknown'
  return known[code] ?? `the system says ${code}`
}
