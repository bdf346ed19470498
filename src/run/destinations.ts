import type { Redactor } from '../redaction/redactor.ts'
import type { Caller } from '../request/env.ts'
import type { RunRequest } from '../request/run_request.ts'
import type { Destination } from '../storage/destination.ts'
import { fillIn, placeholderValues } from '../storage/placeholders.ts'
import { readDestination } from '../storage/read_destination.ts'

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
