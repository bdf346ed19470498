/** One way in which programs encode a text. */
export interface Encoding {
  readonly name: string
  /** Whether the lines of a multi-line text are often written separately in it. */
  readonly isByLine: boolean
  /** All variants of the encoding, such as upper case, or other characters left unescaped. */
  readonly encode: (secret: string) => readonly string[]
}

/** An encoding of bytes. A few of its letters occur in any text, and line ends may split it. */
export interface ByteEncoding {
  readonly name: string
  readonly encode: (secret: Buffer) => readonly EncodedBytes[]
}

export interface EncodedBytes {
  readonly text: string
  /** Whether the next letter of the same base64 group still encodes bits of the secret. */
  readonly endsWithinGroup: boolean
}

/** The text encodings in which secrets are masked. */
export const textEncodings: readonly Encoding[] = [
  { name: 'as it is', isByLine: true, encode: (secret) => [secret] },
  { name: 'URL', isByLine: false, encode: (secret) => percentForms(secret) },
  {
    name: 'URL within a URL',
    isByLine: false,
    encode: (secret) => percentForms(secret).flatMap(percentAgain),
  },
  { name: 'JSON', isByLine: true, encode: (secret) => jsonForms(secret) },
  {
    name: 'JSON within JSON',
    isByLine: true,
    encode: (secret) => jsonForms(secret).map(jsonEscaped),
  },
  { name: 'HTML', isByLine: true, encode: (secret) => htmlForms(secret) },
  {
    name: 'JSON within HTML',
    isByLine: true,
    encode: (secret) => jsonForms(secret).flatMap(htmlForms),
  },
  { name: "Python's repr() and ascii()", isByLine: true, encode: (secret) => pythonForms(secret) },
  { name: 'CSV', isByLine: true, encode: (secret) => [secret.replaceAll('"', '""')] },
  { name: 'LaTeX', isByLine: true, encode: (secret) => latexForms(secret) },
]

/** The byte encodings in which secrets, of at least 4 bytes, are masked. */
export const byteEncodings: readonly ByteEncoding[] = [
  { name: 'base64', encode: (bytes) => [0, 1, 2].map((before) => base64At(bytes, before)) },
  {
    name: 'base64 for URLs',
    encode: (bytes) => [0, 1, 2].map((before) => forUrls(base64At(bytes, before))),
  },
  { name: 'hex', encode: (bytes) => hexForms(bytes, '') },
  { name: 'hex with spaces', encode: (bytes) => hexForms(bytes, ' ') },
  { name: 'hex with colons', encode: (bytes) => hexForms(bytes, ':') },
]

/** As JavaScript, Python's quote() and quote_plus(), and browsers' forms encode it. */
function percentForms(secret: string): readonly string[] {
  const encoded = encodeURIComponent(secret.replaceAll(/\p{Surrogate}/gu, '\ufffd'))
  const strict = encoded.replaceAll(/[!*'()]/g, percentOf)
  const python = strict.replaceAll('%20', '+')
  const form = encoded.replaceAll(/[!'()~]/g, percentOf).replaceAll('%20', '+')
  const upper = [encoded, strict, strict.replaceAll('%2F', '/'), python, form]
  return [...upper, ...upper.map((text) => text.replaceAll(/%[0-9A-F]{2}/g, smallLetters))]
}

function percentOf(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}

function percentAgain(encoded: string): readonly string[] {
  return [encoded.replaceAll('%', '%25')]
}

function jsonForms(secret: string): readonly string[] {
  const escaped = jsonEscaped(secret)
  const ascii = escaped.replaceAll(/[\u0080-\uffff]/g, unicodeEscape)
  const forHtml = [escaped, ascii].map((text) => text.replaceAll(/[<>&']/g, unicodeEscape))
  const lower = [escaped, ascii, ...forHtml]
  return [...lower, ...lower.map((text) => text.replaceAll(/\\u[0-9a-f]{4}/g, capitalDigits))]
}

function jsonEscaped(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function unicodeEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function capitalDigits(escape: string): string {
  return `\\u${escape.slice(2).toUpperCase()}`
}

/** With quotes unescaped, or escaped as by Python's html module, templates and XML. */
function htmlForms(text: string): readonly string[] {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const inAttribute = escaped.replaceAll('"', '&quot;')
  return [
    escaped,
    inAttribute,
    inAttribute.replaceAll("'", '&#x27;'),
    inAttribute.replaceAll("'", '&#39;'),
    inAttribute.replaceAll("'", '&apos;'),
    escaped.replaceAll('"', '&#34;').replaceAll("'", '&#39;'),
  ]
}

/** What repr(), ascii() and the repr() of bytes write between the quotes. */
function pythonForms(text: string): readonly string[] {
  const plain = jsonEscaped(text)
    .replaceAll('\\"', '"')
    .replaceAll(/\\(?:u00([0-9a-f]{2})|([bf]))/g, (_, hex?: string, letter?: string) =>
      hex === undefined ? `\\x0${letter === 'b' ? '8' : 'c'}` : `\\x${hex}`,
    )
  const ascii = plain.replaceAll(/[\u0080-\u{10ffff}]/gu, pythonEscape)
  const bytes = plain.replaceAll(/[\u0080-\u{10ffff}]/gu, bytesEscape)
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

const latexNames: Readonly<Record<string, string>> = {
  '\\': 'textbackslash',
  '~': 'textasciitilde',
  '^': 'textasciicircum',
}

/** As pandas and nbconvert escape it: `\_`, and commands followed by a blank or by `{}`. */
function latexForms(text: string): readonly string[] {
  return [' ', '{}'].map((after) =>
    text.replaceAll(/[&%$#_{}~^\\]/g, (character) => {
      const name = latexNames[character]
      return name === undefined ? `\\${character}` : `\\${name}${after}`
    }),
  )
}

/**
 * Base64 encodes three bytes as four letters, so a secret within longer data has three forms,
 * depending on the number of bytes before it (`before`: 0, 1 or 2). Returns the letters that depend
 * only on the secret.
 */
function base64At(bytes: Buffer, before: number): EncodedBytes {
  const all = Buffer.concat([Buffer.alloc(before), bytes])
  const first = Math.ceil((before * 8) / 6)
  const text = all.toString('base64').slice(first, Math.floor((all.length * 8) / 6))
  return { text, endsWithinGroup: all.length % 3 !== 0 }
}

function forUrls({ text, endsWithinGroup }: EncodedBytes): EncodedBytes {
  return { text: text.replaceAll('+', '-').replaceAll('/', '_'), endsWithinGroup }
}

function hexForms(bytes: Buffer, separator: string): readonly EncodedBytes[] {
  const hex = bytes.toString('hex')
  const text = separator === '' ? hex : hex.replaceAll(/..(?!$)/g, `$&${separator}`)
  return [text, text.toUpperCase()].map((form) => ({ text: form, endsWithinGroup: false }))
}

function smallLetters(text: string): string {
  return text.toLowerCase()
}
