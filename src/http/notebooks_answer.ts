import { RunError } from '../errors.ts'
import { openServer } from '../open_server.ts'
import { readSegments } from '../path_segments.ts'
import { quoted } from '../quoted.ts'
import { readRequest } from '../request/read_request.ts'
import { redactorFor } from '../trigger.ts'
import type { Reply } from './reply.ts'
import { readReply } from './room.ts'
import type { Visit } from './service.ts'
import { turnToRead } from './turn_to_read.ts'

const mostEntries = 1_000

/** `GET /notebooks?folder=/path`: the folders and notebooks there. */
export async function answerNotebooks(
  { service, incoming }: Visit,
  signal: AbortSignal,
): Promise<Reply> {
  const folder = readFolderPath(incoming.query.get('folder') ?? '/')
  // Any notebook will do: of this request, only the server is asked.
  const request = readRequest(['--', '/any.ipynb'], service.env, 'http')
  const redactor = redactorFor({ words: () => [], env: service.env })
  const server = openServer(request, redactor)
  using _ = await turnToRead(service.reads, signal)
  const all = await server.folder(folder, signal)
  const entries = all.slice(0, mostEntries)
  const shown = redactor.names.value({ folder, entries, isCut: entries.length < all.length })
  return await readReply(shown, service.answers, signal)
}

function readFolderPath(text: string): string {
  const refuse = (reason: string) =>
    new RunError('ARGUMENTS_INVALID', `Cannot use the folder ${quoted(text)}: ${reason}`)
  return `/${readSegments(text, refuse).join('/')}`
}
