import { describe, expect, test } from '@jest/globals'
import type { ParameterMap, ParameterValue } from '../../../src/parameters/parameter.ts'
import type { Translator } from '../../../src/parameters/translators/translator.ts'

export interface TranslatorCases {
  readonly heading: string
  /** Values, and how they are written. */
  readonly values: readonly (readonly [value: ParameterValue, text: string])[]
  /** Statements that give `foo` a value. */
  readonly statements: readonly (readonly [value: ParameterValue, text: string])[]
  readonly names: readonly string[]
  /** What looks like a name, and is none in this language. */
  readonly noNames: readonly string[]
}

/** No language takes these for a name. */
const neverNames = ['', ' ', 'a b', '1a', 'a-b', 'a;b', 'a\nb', 'a=1', '"a"', 'a()', '$(a)', 'a#']

/** A map in the order of an object's keys. */
export function map(entries: Readonly<Record<string, ParameterValue>>): ParameterMap {
  return new Map(Object.entries(entries))
}

/** The tests that every translator passes, with the texts of its own language. */
export function testTranslator(translator: Translator, cases: TranslatorCases): void {
  const { language } = translator

  describe(`the translator for ${language}`, () => {
    test('heading is a comment', () => {
      expect(translator.heading).toBe(cases.heading)
    })

    test.each(cases.values)('write() writes %p as %s', (value, text) => {
      expect(translator.write(value)).toBe(text)
    })

    test.each(cases.statements)('assign() gives a name the value %p by %s', (value, text) => {
      expect(translator.assign('foo', value)).toBe(text)
    })

    test.each(cases.names)('isName() takes %j', (name) => {
      expect(translator.isName(name)).toBe(true)
    })

    test.each([...neverNames, ...cases.noNames])('isName() refuses %j', (name) => {
      expect(translator.isName(name)).toBe(false)
    })
  })
}

/** The message of what a translator refuses to write. */
export function unwritable(translator: Translator, value: ParameterValue): string {
  try {
    return `written: ${translator.write(value)}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
