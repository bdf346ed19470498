import { floatText, type ParameterValue } from '../../parameters/parameter.ts'
import { hidden, shortEscape } from '../../parameters/translators/literals.ts'
import { DateTime } from './date_time.ts'
import type { Conversion } from './template.ts'

/** What a placeholder stands for. */
export type FormatValue =
  ParameterValue | DateTime | readonly FormatValue[] | ReadonlyMap<string, FormatValue>

/** The value as Python's `str()` has it. */
export function textOf(value: FormatValue): string {
  return typeof value === 'string' ? value : literal(value)
}

/** The value as Python's `str()`, `repr()` or `ascii()` has it. */
export function converted(value: FormatValue, conversion: Conversion): string {
  if (conversion === 's') return textOf(value)
  return conversion === 'r' ? literal(value) : inAscii(literal(value))
}

export function isList(value: FormatValue): value is readonly FormatValue[] {
  return Array.isArray(value)
}

/** The value as Python's `repr()` has it. */
function literal(value: FormatValue): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number') return floatText(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'string') return quoted(value)
  if (value instanceof DateTime) return value.text
  if (isList(value)) return `[${value.map(literal).join(', ')}]`
  const entries = Array.from(value, ([key, item]) => `${quoted(key)}: ${literal(item)}`)
  return `{${entries.join(', ')}}`
}

const special: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

/** In the quotes that need no escape, in single ones if either would do. */
function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const spell = (char: string) => {
    if (char === quote) return `\\${char}`
    return special[char] ?? (hidden.test(char) ? escape(char) : char)
  }
  return quote + Array.from(text, spell).join('') + quote
}

function inAscii(text: string): string {
  return Array.from(text, (char) => (char <= '~' ? char : escape(char))).join('')
}

function escape(char: string): string {
  return shortEscape(char.codePointAt(0) ?? 0)
}
