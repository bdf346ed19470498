import { Excerpt } from './excerpt.ts'

// oxlint-disable no-control-regex -- control characters are what they look for

const anyControl =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u206f\ufeff]/

/**
 * What a page or a log leaves out: the escape sequences of ECMA-48, also colours and the titles and
 * links of OSC, other control characters, and those of the direction. None can be read in two ways.
 */
const invisible = new RegExp(
  [
    '(?:\\u001b\\[|\\u009b)[0-?]*[ -/]*[@-~]',
    '\\u001b\\][^\\u0007\\u001b\\u009c]*(?:\\u0007|\\u001b\\\\|\\u009c)',
    '\\u001b[ -/]*[0-Z\\\\^-~]',
    anyControl.source,
  ].join('|'),
  'g',
)

/** An escape sequence whose end has not come yet. */
const unfinished = /^(?:\u001b\[|\u009b)[0-?]*[ -/]*$|^\u001b[ -/]*$/

// oxlint-enable no-control-regex

const maxUnfinished = 32

/** The text without what cannot be seen; null when it can be seen as it is. */
export function visibleText(text: string): Excerpt | null {
  if (!anyControl.test(text)) return null
  const pieces = []
  const end = visibleEnd(text)
  let from = 0
  for (const { index, 0: found } of text.matchAll(invisible)) {
    if (index >= end) break
    if (index > from) pieces.push({ start: from, end: index })
    from = index + found.length
  }
  if (end > from) pieces.push({ start: from, end })
  return new Excerpt(text, pieces)
}

/** Before an escape sequence that is not complete. */
function visibleEnd(text: string): number {
  const start = Math.max(text.lastIndexOf('\u001b'), text.lastIndexOf('\u009b'))
  if (start === -1 || text.length - start > maxUnfinished) return text.length
  return unfinished.test(text.slice(start)) ? start : text.length
}
