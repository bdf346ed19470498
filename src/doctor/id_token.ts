import { accountOf } from '../jupyter/id_token.ts'
import { good, type Check, type Opinion } from './check.ts'
import type { Patient } from './patient.ts'

/** Whether Google gives the ID token that goes along with every call, if one does. */
export const idTokenCheck: Check = {
  name: 'ID token',
  needs: ['connection'],
  examine: getIdToken,
  advice: 'try again in a minute, or set NBTRIGGER_AUTH=none if the service is open to everyone',
}

async function getIdToken({ server }: Patient, signal: AbortSignal): Promise<Opinion> {
  const account = accountOf(await server.credentials('probe', signal))
  return good(account === null ? 'none is sent' : `Google gives one for "${account}"`)
}
