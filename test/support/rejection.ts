import { isRecord } from '../../src/util/record.ts'

export interface Rejection {
  readonly code: unknown
  readonly message: string
}

/** What a promise rejects with; a failure when it does not. */
export async function rejectionOf(promise: Promise<unknown>): Promise<Rejection> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!isRecord(error)) throw new Error('Cannot find an error: the promise was kept')
  return { code: error['code'], message: String(error['message']) }
}
