import { imageSize } from 'image-size'
import type { CellResult } from '../events.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { imageKind } from '../rendering/mime_types.ts'
import { plainText } from '../util/text.ts'
import { type ImageProtocol, inlineImage } from './inline_image.ts'
import { startOfWidth } from './terminal_width.ts'

export interface ShownResultOptions {
  /** The width of the terminal; 80 where it does not tell. */
  readonly columns: number
  /** How the terminal takes pictures; null when it takes none. */
  readonly images: ImageProtocol | null
  /** Masks again: plain text shows a secret that a colour code had split. */
  readonly redactor: Pick<Redactor, 'text'>
}

/**
 * A result for the eyes, ending in a newline: a picture or a line about it, a table as wide as the
 * terminal, text with its lines. Empty when there is no result.
 */
export function shownResult(result: CellResult | null, options: ShownResultOptions): string {
  if (result === null) return ''
  const { data } = result
  const image = imageTypes.find((type) => typeof data[type] === 'string')
  if (image !== undefined) return shownImage(image, String(data[image]), options)
  const text = data['text/plain']
  if (typeof text !== 'string') return `${about(Object.keys(data))}\n`
  const plain = options.redactor.text(plainText(text))
  return ensureNewline(isTable(data) ? cutLines(plain, options.columns) : plain)
}

const imageTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/svg+xml']

function shownImage(type: string, content: string, options: ShownResultOptions): string {
  const bytes = type === 'image/svg+xml' ? Buffer.from(content) : Buffer.from(content, 'base64')
  const picture = inlineImage(options.images, type, bytes)
  if (picture !== null) return `${picture}\n`
  const name = imageKind(type).toUpperCase()
  const size = [sizeOf(bytes), byteText(bytes.length)].filter((part) => part !== '').join(', ')
  return `${name} ${size}; ${keep}\n`
}

const keep = 'keep it with -o file:plot.html'

/** "640 × 480"; empty where the file does not tell. */
function sizeOf(bytes: Uint8Array): string {
  try {
    // A copy: the package may read past a view into the memory that Node shares among small buffers.
    const { width, height } = imageSize(Uint8Array.from(bytes))
    return width > 0 ? `${Math.round(width)} × ${Math.round(height)}` : ''
  } catch {
    return '' // not an image that it knows, whatever its type says
  }
}

function byteText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`
  return bytes < 1e6 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

function about(types: readonly string[]): string {
  return `A result that a terminal cannot show (${plainText(types.join(', '))}); ${keep}`
}

/** Whether the text is that of a table: wrapped lines of it could not be read. */
function isTable(data: CellResult['data']): boolean {
  const html = data['text/html']
  const isHtmlTable = typeof html === 'string' && /<table\b/i.test(html)
  return isHtmlTable || data['application/vnd.dataresource+json'] !== undefined
}

function cutLines(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => startOfWidth(line, columns))
    .join('\n')
}

function ensureNewline(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}
