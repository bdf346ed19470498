import { jsonText } from '../util/json.ts'
import { isRecord } from '../util/record.ts'

/**
 * Readers for the fields of kernel messages. Kernels and notebooks use other types than the protocol
 * specifies; types that JupyterLab or nbclient accept are accepted here as well.
 */

/** `value` if it is an object; an empty one otherwise. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {}
}

/** `value` if it is a list; an empty one otherwise. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A name that is compared with others, such as a type or a status: '' unless it is a string. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/**
 * Text to show: a list of strings is joined, as nbformat's `multiline_string` is; null and undefined
 * are ''; any other value is written as JSON.
 */
export function shownText(value: unknown): string {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return ''
  return Array.isArray(value) ? value.map(shownText).join('') : jsonText(value)
}

/** The lines of a traceback; a single string is one line. */
export function linesOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map(shownText)
  const text = shownText(value)
  return text === '' ? [] : [text]
}

/** nbformat's multiline string: one string, or a list of strings to be joined as they are; null for anything else. */
export function multilineText(source: unknown): string | null {
  if (typeof source === 'string') return source
  const isList = Array.isArray(source) && source.every((line) => typeof line === 'string')
  return isList ? source.join('') : null
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

/** Python's recursion limit is 1000 calls, of which a Jupyter Server uses several a level. */
export const maxNotebookLevels = 300

/** Lower, since an output is nested some levels deeper in a notebook. */
export const maxMessageLevels = 250

/** Whether JSON has more than `maxLevels` levels. */
export function isDeeperThan(maxLevels: number, value: unknown): boolean {
  let level = [value].filter(isTree)
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === maxLevels) return true
    level = level.flatMap((tree) => Object.values(tree).filter(isTree))
  }
  return false
}

function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
