import { floatText, isList, type ParameterMap, type ParameterValue } from '../parameter.ts'

/** How one language writes values and assigns them. */
export interface Translator {
  /** The name of the language: "Python". */
  readonly language: string
  /** The comment that an injected cell begins with. */
  readonly heading: string
  readonly isName: (name: string) => boolean
  readonly write: (value: ParameterValue) => string
  /** The statement that assigns the value to the name. */
  readonly assign: (name: string, value: ParameterValue) => string
}

/** A language cannot write a value; the message says what it lacks, as in "no text with ...". */
export class UnsupportedValueError extends Error {
  override readonly name = 'UnsupportedValueError'
}

/** How one language writes each kind of value. */
export interface Forms {
  readonly null: string
  readonly true: string
  readonly false: string
  readonly nan: string
  readonly infinity: string
  readonly negativeInfinity: string
  readonly integer: (value: bigint) => string
  /** For finite numbers; by default as Python prints them. */
  readonly float?: (value: number) => string
  readonly text: (text: string) => string
  /** `items` are the written `values`. */
  readonly list: (items: readonly string[], values: readonly ParameterValue[]) => string
  readonly map: (entries: readonly Entry[]) => string
}

export interface Entry {
  readonly key: string
  /** The written value. */
  readonly item: string
  readonly value: ParameterValue
}

/** Returns the function that writes any value in these forms. */
export function writer(forms: Forms): Translator['write'] {
  const write = (value: ParameterValue): string => {
    if (value === null) return forms.null
    if (isList(value)) return forms.list(value.map(write), value)
    switch (typeof value) {
      case 'boolean':
        return value ? forms.true : forms.false
      case 'bigint':
        return forms.integer(value)
      case 'number':
        return writeFloat(value, forms)
      case 'string':
        return forms.text(value)
      default:
        return forms.map(entriesOf(value, write))
    }
  }
  return write
}

function writeFloat(value: number, forms: Forms): string {
  const { nan, infinity, negativeInfinity, float = floatText } = forms
  if (Number.isNaN(value)) return nan
  if (Number.isFinite(value)) return float(value)
  return value > 0 ? infinity : negativeInfinity
}

function entriesOf(map: ParameterMap, write: Translator['write']): readonly Entry[] {
  return Array.from(map, ([key, value]) => ({ key, item: write(value), value }))
}

/** Tests a name against a language's pattern and its reserved words, one space between them. */
export function nameTest(pattern: RegExp, reserved: string): Translator['isName'] {
  const taken = new Set(reserved.split(' '))
  return (name) => pattern.test(name) && !taken.has(name)
}
