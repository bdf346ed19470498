import { type ErrorFactory, messageOf, RunError } from '../errors.ts'
import { parseJson } from '../util/json.ts'
import { isRecord } from '../util/record.ts'
import { quoteForError } from '../util/text.ts'
import { decodeUtf8 } from '../util/utf8.ts'
import { withJoinedTexts } from './cell_texts.ts'
import { type Notebook, readNotebook } from './nbformat.ts'
import { upgradedNotebook } from './nbformat_upgrade.ts'

/**
 * The notebook in the bytes of its file, upgraded to nbformat 4.5 and with whole texts. `address` is for
 * messages. Throws NOTEBOOK_INVALID.
 */
export function readNotebookFile(bytes: Uint8Array, address: string): Notebook {
  const refuse: ErrorFactory = (reason, options) =>
    new RunError(
      'NOTEBOOK_INVALID',
      `Cannot read ${quoteForError(address)} as a notebook: ${reason}`,
      options,
    )
  const content = upgradedNotebook(readJson(bytes, refuse), refuse)
  const { cells } = content
  const joined = Array.isArray(cells) ? { ...content, cells: cells.map(withJoinedTexts) } : content
  return readNotebook(joined, address)
}

function readJson(bytes: Uint8Array, refuse: ErrorFactory): Readonly<Record<string, unknown>> {
  let text: string
  try {
    text = decodeUtf8(bytes)
  } catch (cause) {
    throw refuse(messageOf(cause), { cause })
  }
  if (text.trim() === '') throw refuse('it is empty')
  if (/^\s*</.test(text)) {
    throw refuse('it is HTML', { advice: 'name the file itself, and not a page that shows it' })
  }
  let value: unknown
  try {
    value = parseJson(text)
  } catch (cause) {
    const problem = messageOf(cause).replace(/, (?:\.\.\.)?".*$/s, '') // it quotes the text
    throw refuse(`it is no JSON (${problem})`, { cause })
  }
  if (isRecord(value)) return value
  throw refuse('it is JSON, but no object')
}
