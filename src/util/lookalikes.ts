import type { Reason } from '../errors.ts'
import { codePointName } from './text.ts'

/** The character to type instead; null for invisible characters, which are never meant. */
type Meant = string | null

/**
 * Characters in text that was copied from a document, a chat or a web page: they are invisible, or look
 * like characters of a keyboard. Their names are those of Unicode, in lower case.
 */
const lookalikes: ReadonlyMap<string, readonly [name: string, meant: Meant]> = new Map([
  ['\u201c', ['left double quotation mark', '"']],
  ['\u201d', ['right double quotation mark', '"']],
  ['\u201e', ['double low-9 quotation mark', '"']],
  ['\u201f', ['double high-reversed-9 quotation mark', '"']],
  ['\u00ab', ['left-pointing double angle quotation mark', '"']],
  ['\u00bb', ['right-pointing double angle quotation mark', '"']],
  ['\u2033', ['double prime', '"']],
  ['\uff02', ['fullwidth quotation mark', '"']],
  ['\u2018', ['left single quotation mark', "'"]],
  ['\u2019', ['right single quotation mark', "'"]],
  ['\u201a', ['single low-9 quotation mark', "'"]],
  ['\u201b', ['single high-reversed-9 quotation mark', "'"]],
  ['\u2032', ['prime', "'"]],
  ['\uff07', ['fullwidth apostrophe', "'"]],
  ['\u2010', ['hyphen', '-']],
  ['\u2011', ['non-breaking hyphen', '-']],
  ['\u2012', ['figure dash', '-']],
  ['\u2013', ['en dash', '--']],
  ['\u2014', ['em dash', '--']],
  ['\u2015', ['horizontal bar', '--']],
  ['\u2212', ['minus sign', '-']],
  ['\uff0d', ['fullwidth hyphen-minus', '-']],
  ['\uff1a', ['fullwidth colon', ':']],
  ['\ua789', ['modifier letter colon', ':']],
  ['\u2236', ['ratio', ':']],
  ['\uff0f', ['fullwidth solidus', '/']],
  ['\u2044', ['fraction slash', '/']],
  ['\u2215', ['division slash', '/']],
  ['\uff0e', ['fullwidth full stop', '.']],
  ['\u3002', ['ideographic full stop', '.']],
  ['\u2024', ['one dot leader', '.']],
  ['\uff1d', ['fullwidth equals sign', '=']],
  ['\u00a0', ['no-break space', ' ']],
  ['\u2007', ['figure space', ' ']],
  ['\u2009', ['thin space', ' ']],
  ['\u202f', ['narrow no-break space', ' ']],
  ['\u3000', ['ideographic space', ' ']],
  ['\u00ad', ['soft hyphen', null]],
  ['\u200b', ['zero width space', null]],
  ['\u200c', ['zero width non-joiner', null]],
  ['\u200d', ['zero width joiner', null]],
  ['\u2060', ['word joiner', null]],
  ['\ufeff', ['byte order mark', null]],
  ['\u061c', ['arabic letter mark', null]],
  ['\u200e', ['left-to-right mark', null]],
  ['\u200f', ['right-to-left mark', null]],
  ['\u202a', ['left-to-right embedding', null]],
  ['\u202b', ['right-to-left embedding', null]],
  ['\u202c', ['pop directional formatting', null]],
  ['\u202d', ['left-to-right override', null]],
  ['\u202e', ['right-to-left override', null]],
  ['\u2066', ['left-to-right isolate', null]],
  ['\u2067', ['right-to-left isolate', null]],
  ['\u2068', ['first strong isolate', null]],
  ['\u2069', ['pop directional isolate', null]],
])

/**
 * Names the first such character in a text as the reason of an error, and what to type instead; null
 * when there is none.
 */
export function lookalikeReason(text: string): Reason | null {
  const char = Array.from(text).find((each) => lookalikes.has(each)) ?? ''
  const [name, meant] = lookalikes.get(char) ?? []
  if (name === undefined) return null
  const contains = `it contains ${codePointName(char)} (${name})`
  if (meant === null || meant === undefined) {
    return { what: `${contains}, which cannot be seen`, advice: 'leave it out' }
  }
  if (meant === ' ') {
    return { what: `${contains}, which only looks like a space`, advice: 'type a space' }
  }
  return { what: `${contains}, not ${meant}`, advice: `type ${meant}` }
}
