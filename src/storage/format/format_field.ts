import { closestString } from '../../util/closest_string.ts'
import { DateTime } from './date_time.ts'
import { FormatError } from './format_error.ts'
import { formatValue } from './format_value.ts'
import { type Field, parseTemplate } from './template.ts'
import { converted, type FormatValue, isList, textOf } from './value.ts'

export interface FieldValues {
  readonly values: ReadonlyMap<string, FormatValue>
  /** Takes the whole text of each value of which a part is used; may throw a FormatError. */
  readonly check: (text: string) => void
}

/** What takes the place of a field, as with Python's `str.format()`; throws FormatError. */
export function formatField(field: Field, given: FieldValues): string {
  const { conversion } = field
  const value = valueOf(field, given)
  const spec = parseTemplate(field.spec)
    .map((piece) => (typeof piece === 'string' ? piece : formatField(piece, given)))
    .join('')
  return formatValue(conversion === null ? value : converted(value, conversion), spec)
}

function valueOf({ name, keys }: Field, { values, check }: FieldValues): FormatValue {
  let value = values.get(name)
  if (value === undefined) throw unknownName(name, [...values.keys()])
  for (const key of keys) {
    if (typeof value === 'string') check(value)
    value = itemOf(value, key)
  }
  check(textOf(value))
  return value
}

function unknownName(name: string, known: readonly string[]): FormatError {
  const reason = 'it is neither a parameter nor known otherwise'
  return new FormatError(
    reason,
    adviceFor(name, known, (each) => `"{${each}}"`),
  )
}

/** Throws FormatError for a value that has no such item. */
function itemOf(value: FormatValue, key: string): FormatValue {
  if (typeof value === 'string') return listItem(Array.from(value), key)
  if (value === null || typeof value !== 'object' || value instanceof DateTime) {
    const reason = `there is no item ${JSON.stringify(key)} in the value ${textOf(value)}`
    throw new FormatError(reason, 'use "[key]" with lists and maps')
  }
  if (isList(value)) return listItem(value, key)
  const item = value.get(key)
  if (item !== undefined) return item
  const advice = adviceFor(key, [...value.keys()], (each) => `"[${each}]"`)
  throw new FormatError(`the map has no key ${JSON.stringify(key)}`, advice)
}

function listItem(items: readonly FormatValue[], key: string): FormatValue {
  const item = /^\d+$/.test(key) ? items[Number(key)] : undefined
  if (item !== undefined) return item
  const last = items.length - 1
  const advice = last < 0 ? 'it is empty' : `its items are "[0]" to "[${last}]"`
  throw new FormatError(`there is no item ${JSON.stringify(key)}`, advice)
}

function adviceFor(
  name: string,
  known: readonly string[],
  shown: (name: string) => string,
): string {
  const close = closestString(name, known)
  return close === null
    ? `there is ${known.map(shown).join(', ')}`
    : `did you mean ${shown(close)}?`
}
