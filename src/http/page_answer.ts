import { RunError } from '../errors.ts'
import { quoted } from '../quoted.ts'
import { variableOf } from '../request/environment.ts'
import { pageFile } from './page_files.ts'
import type { Reply } from './reply.ts'
import type { Visit } from './service.ts'

/** `GET /` and `GET /page/…`: the page and what it is made of, where it is switched on. */
export async function answerPage({ service, incoming: { path } }: Visit): Promise<Reply> {
  if (variableOf(service.env, 'NBTRIGGER_HTTP_PAGE') !== '1') {
    throw notFound(path, 'the page is not switched on (NBTRIGGER_HTTP_PAGE=1)')
  }
  const file = pageFile(path)
  if (file === null) throw notFound(path, 'it is no part of the page')
  return { status: 200, ...file }
}

function notFound(path: string, reason: string): RunError {
  return new RunError('ROUTE_NOT_FOUND', `Cannot find ${quoted(path)}: ${reason}`)
}
