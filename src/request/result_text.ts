/** What stands for one character in the texts that kernels show as values. */
const escapes = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([^]))/g

const controls: ReadonlyMap<string, string> = new Map([
  ...['\\', "'", '"'].map((sign) => [sign, sign] as const),
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
])

/**
 * The text itself of a result's text/plain: a text that was the value of the last line comes as the
 * language writes it (`'it'`, in R `[1] "it"`), and one that was printed with the end of its line.
 * Anything else, such as a number or a list, is what it is shown as.
 */
export function resultText(shown: string): string {
  if (shown.endsWith('\n')) return shown.replace(/\r?\n$/, '')
  const literal = shown.startsWith('[1] "') ? shown.slice('[1] '.length) : shown
  return readLiteral(literal) ?? shown
}

/** null for what is not one literal from its first quote to its last. */
function readLiteral(text: string): string | null {
  const quote = text.charAt(0)
  if (!["'", '"'].includes(quote) || text.length < 2 || !text.endsWith(quote)) return null
  const inner = text.slice(1, -1)
  const unescaped = inner.replaceAll(escapes, '')
  if ([quote, '\\', '\n', '\r'].some((sign) => unescaped.includes(sign))) return null
  const characters = Array.from(inner.matchAll(escapes), characterOf)
  if (characters.includes(null)) return null
  let at = 0
  const read = inner.replaceAll(escapes, () => characters[at++] ?? '')
  return /\p{Cs}/u.test(read) ? null : read
}

/** null for an escape that no kernel writes. */
function characterOf([, byte, short, long, sign = '']: RegExpExecArray): string | null {
  const hex = byte ?? short ?? long
  if (hex === undefined) return controls.get(sign) ?? null
  const codePoint = Number.parseInt(hex, 16)
  return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : null
}
