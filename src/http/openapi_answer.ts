import { readFile } from 'node:fs/promises'
import { jsonReply, type Reply } from './reply.ts'

/** `GET /openapi.json`: what the others do. */
export async function answerOpenapi(): Promise<Reply> {
  const { openapi } = await import('./openapi.ts')
  const file = new URL('../../../package.json', import.meta.url)
  const { version }: { readonly version: string } = JSON.parse(await readFile(file, 'utf8'))
  return jsonReply(openapi(version))
}
