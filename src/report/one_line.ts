import { cutText } from '../cut_text.ts'
import { plainText } from '../plain_text.ts'

/** `text` for the inside of a sentence: plain, on one line, of at most `maxLength` characters. */
export function oneLine(text: string, maxLength: number): string {
  // Far more than is kept is enough to read: outputs may have megabytes.
  const read = text.slice(0, 50 * maxLength)
  const line = plainText(read).replace(/\s+/g, ' ').trim()
  if (line.length <= maxLength && read.length === text.length) return line
  return cutText(`${line}…`, maxLength - 1)
}
