import { asRunError, RunError } from '../errors.ts'
import type { Opinion } from './check.ts'
import type { Patient } from './patient.ts'

/** What a check finds out that goes to the server directly, with a word of a proxy that is not used. */
export async function withoutProxy(
  { ignoredProxy }: Patient,
  examine: () => Promise<Opinion>,
): Promise<Opinion> {
  if (ignoredProxy === null) return await examine()
  try {
    const opinion = await examine()
    return { ...opinion, what: `${opinion.what}, without the proxy of ${ignoredProxy}` }
  } catch (error) {
    const { code, message } = asRunError(error)
    const advice =
      `nbtrigger does not use the proxy of ${ignoredProxy}, so run it ` +
      'where the server is reached without one'
    throw new RunError(code, `${message}; ${advice}`, { cause: error })
  }
}
