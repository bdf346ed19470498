import type { Redactor } from './report/redact.ts'
import type { Caller } from './request/environment.ts'
import type { RunRequest } from './request/run_request.ts'
import type { Destination } from './save/destination.ts'
import { fillIn, placeholderValues } from './save/placeholders.ts'
import { readDestination } from './save/read_destination.ts'

interface Asking {
  readonly caller: Caller
  readonly runId: string
  readonly redactor: Redactor
}

/** Where the executed notebook goes, checked and filled in before anything runs. */
export function destinationsOf(
  { notebook, parameters, outputs }: RunRequest,
  { caller, runId, redactor }: Asking,
): readonly Destination[] {
  const holdsSecret = (text: string) => redactor.text(text) !== text
  const facts = { notebook, parameters, runId, startedAt: new Date(), holdsSecret }
  const values = placeholderValues(facts)
  return outputs.map((text) => fillIn(readDestination(text, caller), values))
}
