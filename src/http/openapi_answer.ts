import { packageVersion } from '../util/package.ts'
import { jsonReply, type Reply } from './reply.ts'

let description: Promise<Reply> | null = null

/** `GET /openapi.json`: what the others do. It is always the same, and made once. */
export function handleOpenapi(): Promise<Reply> {
  description ??= describe()
  return description
}

async function describe(): Promise<Reply> {
  const { openapi } = await import('./openapi.ts')
  return jsonReply(openapi(await packageVersion()))
}
