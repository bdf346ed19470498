import { Excerpt } from './excerpt.ts'

// oxlint-disable no-control-regex -- control characters are what they look for

const anyControl =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u206f\ufeff]/

const otherSequences = [
  '\\u001b\\][^\\u0007\\u001b\\u009c]*(?:\\u0007|\\u001b\\\\|\\u009c)',
  '\\u001b[ -/]*[0-Z\\\\^-~]',
  anyControl.source,
]

interface View {
  /** What is left out. */
  readonly invisible: RegExp
  /** An escape sequence whose end has not come yet. */
  readonly unfinished: RegExp
}

/**
 * What a log leaves out: the escape sequences of ECMA-48, also colours and the titles and links of
 * OSC, other control characters, and those of the direction.
 */
const standardView: View = {
  invisible: new RegExp(
    ['(?:\\u001b\\[|\\u009b)[0-?]*[ -/]*[@-~]', ...otherSequences].join('|'),
    'g',
  ),
  unfinished: /^(?:\u001b\[|\u009b)[0-?]*[ -/]*$|^\u001b[ -/]*$/,
}

/** What nbconvert's pages leave out (its ansi.py): "ESC [" and all up to the next final byte. */
const pageView: View = {
  invisible: new RegExp(['\\u001b\\[[^@-~\\n]*[@-~]', ...otherSequences].join('|'), 'g'),
  unfinished: /^\u001b\[[^@-~\n]*$/,
}

// oxlint-enable no-control-regex

const maxUnfinished = 32

/** The text without what cannot be seen, in each way to see it; none when it can be seen as it is. */
export function visibleTexts(text: string): readonly Excerpt[] {
  if (!anyControl.test(text)) return []
  const standard = visibleText(text, standardView)
  if (!text.includes('\u001b[')) return [standard]
  const page = visibleText(text, pageView)
  return page.text === standard.text ? [standard] : [standard, page]
}

function visibleText(text: string, view: View): Excerpt {
  const pieces = []
  const end = visibleEnd(text, view)
  let from = 0
  for (const { index, 0: found } of text.matchAll(view.invisible)) {
    if (index >= end) break
    if (index > from) pieces.push({ start: from, end: index })
    from = index + found.length
  }
  if (end > from) pieces.push({ start: from, end })
  return new Excerpt(text, pieces)
}

/** Before an escape sequence that is not complete. */
function visibleEnd(text: string, { unfinished }: View): number {
  const start = Math.max(text.lastIndexOf('\u001b'), text.lastIndexOf('\u009b'))
  if (start === -1 || text.length - start > maxUnfinished) return text.length
  return unfinished.test(text.slice(start)) ? start : text.length
}
