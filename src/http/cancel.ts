import { RunError } from '../errors.ts'
import { quoteForError } from '../util/text.ts'
import type { RequestContext } from './context.ts'
import { jsonReply, type Reply } from './reply.ts'

/**
 * `DELETE /runs/ID`, and `POST /runs/ID/cancel` for clients that can only post, as a browser's beacon
 * does: the run interrupts its cell, deletes its kernel and ends with a report. Answers at once;
 * throws RUN_NOT_FOUND.
 */
export async function handleCancel({ app, rest }: RequestContext): Promise<Reply> {
  const [runId = ''] = rest.split('/')
  if (app.activeRuns.cancel(runId)) return jsonReply({ runId }, 202)
  throw new RunError(
    'RUN_NOT_FOUND',
    `Cannot cancel the run ${quoteForError(runId)}: this instance has no such run under way`,
    {
      advice:
        'it may have ended, or be on another instance, if this request lacks the cookies of that ' +
        'one or that one is full; closing the connection of the run ends it there',
    },
  )
}
