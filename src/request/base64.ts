import { decodeUtf8 } from '../utf8.ts'

/** The text that base64 stands for, line breaks in it or not; throws an Error when it is none. */
export function decodeBase64(text: string): string {
  const bare = text.replace(/\s/g, '')
  const bytes = Buffer.from(bare, 'base64')
  if (bytes.toString('base64') !== bare) throw new Error('it is not base64')
  return decodeUtf8(bytes)
}
