import {
  floatText,
  isList,
  type ParameterMap,
  type ParameterValue,
  type ShownParameter,
} from '../parameters/parameter.ts'
import type { Masks } from '../redaction/redactor.ts'
import { cutText } from '../util/text.ts'
import { typedValue } from './typing.ts'

const maxText = 1_000
const maxCount = 100

/** The first parameters without secrets; a run may have 1000, with megabytes in each. */
export function shownParameters(
  parameters: ParameterMap,
  redactor: Masks & { readonly names: Masks },
): readonly ShownParameter[] {
  return [...parameters].slice(0, maxCount).map(([name, value]) => {
    const whole = parameterText(value)
    const shown = { name: redactor.names.text(name), text: redactor.text(whole) }
    const isComplete = shown.text === whole && shown.name === name && whole.length <= maxText
    return { name: shown.name, text: cutText(shown.text, maxText), isComplete }
  })
}

/** Each parameter's name and the text of its value, without secrets; null when there are none. */
export function parameterTexts(
  parameters: ParameterMap,
  redactor: Masks & { readonly names: Masks },
): Readonly<Record<string, string>> | null {
  const shown = shownParameters(parameters, redactor)
  return shown.length === 0 ? null : Object.fromEntries(shown.map(({ name, text }) => [name, text]))
}

/** The text of a value, which a field of the page and `-p` read as the same value. */
export function parameterText(value: ParameterValue): string {
  if (value === null) return 'None'
  switch (typeof value) {
    case 'boolean':
      return value ? 'True' : 'False'
    case 'bigint':
      return String(value)
    case 'number':
      return floatText(value)
    case 'string':
      return isPlain(value) ? value : JSON.stringify(value)
    default:
      return jsonOf(value)
  }
}

/** Whether a field reads the text as it is: not as a number, JSON, or nothing at all. */
function isPlain(text: string): boolean {
  return text !== '' && text === text.trim() && !/^["[{]/.test(text) && typedValue(text) === text
}

/** JSON in which 1 and 1.0 stay apart; NaN and infinities, which JSON does not have, become text. */
function jsonOf(value: ParameterValue): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'number')
    return Number.isFinite(value) ? floatText(value) : `"${floatText(value)}"`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isList(value)) return `[${value.map(jsonOf).join(', ')}]`
  const members = Array.from(value, ([name, inner]) => `${JSON.stringify(name)}: ${jsonOf(inner)}`)
  return `{${members.join(', ')}}`
}
