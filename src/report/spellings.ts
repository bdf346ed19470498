/** Encoded, a shorter secret is a few letters that stand in any text. */
const shortestEncoded = 4

/** The ways in which common encoders write a secret, each as the source of a regular expression. */
export function spellingsOf(secret: string): readonly string[] {
  const plain = plainOf(secret).map(literal)
  const bytes = Buffer.from(secret)
  if (bytes.length < shortestEncoded) return plain
  return [...plain, ...base64Of(bytes), anyCase(bytes.toString('hex'))]
}

/** The same as text: for whoever has seen only the beginning of one. */
export function writingsOf(secret: string): readonly string[] {
  const plain = plainOf(secret)
  const bytes = Buffer.from(secret)
  if (bytes.length < shortestEncoded) return plain
  return [...plain, ...[0, 1, 2].map((before) => ownLetters(bytes, before)), bytes.toString('hex')]
}

function plainOf(secret: string): readonly string[] {
  return [
    secret,
    percentEncoded(secret, "-_.~!*'()"),
    percentEncoded(secret, '-_.~'),
    percentEncoded(secret, '-_.~/'),
    percentEncoded(secret, '-_.*').replaceAll('%20', '+'),
    jsonEscaped(secret),
    jsonEscaped(jsonEscaped(secret)),
    asciiOnly(jsonEscaped(secret)),
    htmlEscaped(secret),
    ...quotedForHtml(secret),
    ...pythonEscaped(secret),
  ]
}

function percentEncoded(secret: string, kept: string): string {
  const encode = (byte: number): string => {
    const character = String.fromCharCode(byte)
    if (/[A-Za-z0-9]/.test(character) || kept.includes(character)) return character
    return `%${byte.toString(16).padStart(2, '0')}`
  }
  return Array.from(Buffer.from(secret), encode).join('')
}

function jsonEscaped(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function asciiOnly(text: string): string {
  return text.replace(/[\u0080-\uffff]/g, unicodeEscape)
}

function unicodeEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function htmlEscaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** With the quotes as Python's html module, its templates and XML libraries write them. */
function quotedForHtml(text: string): readonly string[] {
  const escaped = htmlEscaped(text)
  return [
    escaped.replaceAll('"', '&quot;'),
    escaped.replaceAll('"', '&quot;').replaceAll("'", '&#x27;'),
    escaped.replaceAll('"', '&quot;').replaceAll("'", '&#39;'),
    escaped.replaceAll('"', '&#34;').replaceAll("'", '&#39;'),
  ]
}

/**
 * Between the quotes of Python's repr() and ascii(), which escape a quote only where they must, and
 * of the repr() of its bytes.
 */
function pythonEscaped(text: string): readonly string[] {
  const plain = jsonEscaped(text).replaceAll('\\"', '"')
  const ascii = plain.replace(/[\u0080-\u{10ffff}]/gu, pythonEscape)
  const bytes = plain.replace(/[\u0080-\u{10ffff}]/gu, bytesEscape)
  return [plain, ascii, bytes].flatMap((each) => [each, each.replaceAll("'", "\\'")])
}

function bytesEscape(character: string): string {
  return Array.from(Buffer.from(character), (byte) => `\\x${byte.toString(16)}`).join('')
}

function pythonEscape(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16)
  if (hex.length <= 2) return `\\x${hex}`
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`
}

/**
 * Base64 shows three bytes in four letters, so inside a longer text the secret has three spellings,
 * by the bytes before it. Each is what depends on the secret alone, and the letter it ends in.
 */
function base64Of(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const own = ownLetters(bytes, before)
    const end = (before + bytes.length) % 3 === 0 ? '' : '[\\w+/-]?={0,2}'
    const urlSafe = own.replaceAll('+', '-').replaceAll('/', '_')
    return [own, urlSafe].map((letters) => literal(letters) + end)
  })
}

function ownLetters(bytes: Buffer, before: number): string {
  const all = Buffer.concat([Buffer.alloc(before), bytes])
  const first = Math.ceil((before * 8) / 6)
  return all.toString('base64').slice(first, Math.floor((all.length * 8) / 6))
}

/** Matches exactly `text`, but %2f and %2F alike, and \u00e9 and \u00E9. */
function literal(text: string): string {
  const escaped = text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  return escaped.replace(/%[0-9a-f]{2}|\\\\u[0-9a-f]{4}/gi, anyHexCase)
}

function anyHexCase(escape: string): string {
  const digits = escape.startsWith('%') ? 1 : '\\\\u'.length
  return escape.slice(0, digits) + anyCase(escape.slice(digits))
}

function anyCase(hex: string): string {
  return hex.replace(/[a-f]/gi, (digit) => `[${digit.toLowerCase()}${digit.toUpperCase()}]`)
}
