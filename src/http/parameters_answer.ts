import { notebookParameters } from '../notebook_parameters.ts'
import { decodedPath } from '../request/http.ts'
import { readRequest } from '../request/read_request.ts'
import { redactorFor } from '../trigger.ts'
import { turnToRead } from './turn_to_read.ts'
import type { Reply } from './reply.ts'
import { readReply } from './room.ts'
import type { Visit } from './service.ts'

/** `GET /parameters/PATH.ipynb`: what the notebook takes, read from it without a kernel. */
export async function answerParameters(
  { service, rest }: Visit,
  signal: AbortSignal,
): Promise<Reply> {
  const request = readRequest(['--', decodedPath(rest)], service.env, 'http')
  const redactor = redactorFor({ words: () => [], env: service.env })
  using _ = await turnToRead(service.reads, signal)
  const parameters = await notebookParameters(request, redactor, signal)
  const shown = redactor.names.value({ notebook: request.notebook, parameters })
  return await readReply(shown, service.answers, signal)
}
