import { jsonText } from '../util/json.ts'
import { isRecord } from '../util/record.ts'

/**
 * Readers for the fields of the kernel's messages. Kernels and notebooks put other types into them
 * than the protocol names; what JupyterLab or nbclient makes something of is kept here as well.
 */

/** `value` where it is an object; an empty one for everything else. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {}
}

/** `value` where it is a list; an empty one for everything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A name that is compared with others, such as a type or a status: '' unless it is a text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/**
 * A text that is shown to people: a list of texts is joined, as nbformat's `multiline_string` is;
 * '' for null and for nothing; any other value is written as JSON.
 */
export function shownText(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return ''
  return Array.isArray(value) ? value.map(shownText).join('') : jsonText(value)
}

/** The lines of a traceback; a text on its own is one. */
export function linesOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map(shownText)
  const text = shownText(value)
  return text === '' ? [] : [text]
}

/** The number of a prompt: an integer from 0 on. */
export function countOrNull(value: unknown): number | null {
  return Number.isInteger(value) && Number(value) >= 0 ? Number(value) : null
}

/** An id by which a display is updated, compared as a key of a `Map` is; never falsy. */
export type DisplayId = string | number | bigint | true

/**
 * The id of a display, if it has one. As in JupyterLab and nbclient it may be a number, the number
 * 1 is not the text "1", and what is falsy (0, '', false, null) is none.
 */
export function displayIdOrNull(value: unknown): DisplayId | null {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return value || null
    default:
      return null
  }
}

/** Python's own limit is some 1000 calls, of which a Jupyter Server uses several a level. */
export const maxNotebookLevels = 300

/** In a notebook it is nested deeper by some levels. */
export const maxMessageLevels = 250

/** Whether JSON nests deeper than that, and so too deep for a Jupyter Server to store it. */
export function isDeeperThan(most: number, value: unknown): boolean {
  let level = [value].filter(isTree)
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === most) return true
    level = level.flatMap((tree) => Object.values(tree).filter(isTree))
  }
  return false
}

function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
