import { packageVersion } from '../package.ts'
import { jsonReply, type Reply } from './reply.ts'

/** `GET /openapi.json`: what the others do. */
export async function answerOpenapi(): Promise<Reply> {
  const { openapi } = await import('./openapi.ts')
  return jsonReply(openapi(await packageVersion()))
}
