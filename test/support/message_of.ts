import { isRecord } from '../../src/util/record.ts'

/** Of an error of whatever realm. */
export function messageOf(error: unknown): string {
  return isRecord(error) ? String(error['message']) : String(error)
}
