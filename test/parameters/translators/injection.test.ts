import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isList, type ParameterValue } from '../../../src/parameters/parameter.ts'
import { csharp } from '../../../src/parameters/translators/csharp.ts'
import { fsharp } from '../../../src/parameters/translators/fsharp.ts'
import { julia } from '../../../src/parameters/translators/julia.ts'
import { matlab } from '../../../src/parameters/translators/matlab.ts'
import { powershell } from '../../../src/parameters/translators/powershell.ts'
import { python } from '../../../src/parameters/translators/python.ts'
import { r } from '../../../src/parameters/translators/r.ts'
import { scala } from '../../../src/parameters/translators/scala.ts'
import {
  type Translator,
  UnsupportedValueError,
} from '../../../src/parameters/translators/translator.ts'
import { typescript } from '../../../src/parameters/translators/typescript.ts'
import { values } from '../../live/translated_values.ts'
import { fuzzOptions, fuzzTestMs } from '../../support/fuzz_runs.ts'
import { literalsOf, type StringSyntax } from './literals.ts'

const common = { '\\': '\\', '"': '"', n: '\n', r: '\r', t: '\t' }
const asciiEnds = '\n\r'
const allEnds = '\n\r\u0085\u2028\u2029'
const fourOrEight = /^(?:u([0-9a-f]{4})|U([0-9a-f]{8}))/

interface Language {
  readonly translator: Translator
  readonly syntax: StringSyntax
  /** The words that may stand outside of strings, beside numbers and punctuation. */
  readonly words: string
}

const languages: readonly Language[] = [
  {
    translator: python,
    syntax: {
      letters: common,
      sign: '\\',
      number: /^(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))/,
      lineEnds: asciiEnds,
    },
    words: "None True False float 'nan' 'inf' '-inf'",
  },
  {
    translator: r,
    syntax: { letters: common, sign: '\\', number: fourOrEight, lineEnds: '' },
    words: 'NULL TRUE FALSE NaN Inf list',
  },
  {
    translator: julia,
    // A "$" that is not escaped begins an interpolation.
    syntax: {
      letters: { ...common, $: '$' },
      sign: '\\',
      number: fourOrEight,
      interpolation: '$',
      lineEnds: '',
    },
    words: 'nothing true false NaN Inf Any Dict',
  },
  {
    translator: scala,
    syntax: { letters: common, sign: '\\', number: /^u([0-9a-f]{4})/, lineEnds: asciiEnds },
    words:
      'val None true false Double.NaN Double.PositiveInfinity Double.NegativeInfinity Seq Any Map BigInt',
  },
  {
    translator: csharp,
    syntax: { letters: common, sign: '\\', number: fourOrEight, lineEnds: allEnds },
    words:
      'var new object Object null true false double.NaN double.PositiveInfinity double.NegativeInfinity ' +
      'System.Numerics.BigInteger.Parse Dictionary string',
  },
  {
    translator: fsharp,
    syntax: { letters: common, sign: '\\', number: fourOrEight, lineEnds: '' },
    words: 'let None null true false nan infinity box Map.empty Map.ofList string IComparable',
  },
  {
    translator: powershell,
    syntax: {
      letters: {
        '`': '`',
        $: '$',
        '"': '"',
        '\u201c': '\u201c',
        '\u201d': '\u201d',
        '\u201e': '\u201e',
        n: '\n',
        r: '\r',
        t: '\t',
      },
      sign: '`',
      number: /^u\{([0-9a-f]{1,6})\}/,
      quotes: '\u201c\u201d\u201e',
      interpolation: '$',
      lineEnds: '',
    },
    words:
      'Null True False [double]::NaN [double]::PositiveInfinity [double]::NegativeInfinity [bigint]::Parse',
  },
  {
    translator: typescript,
    syntax: {
      letters: common,
      sign: '\\',
      number: /^u([0-9a-f]{4})/,
      lineEnds: asciiEnds,
    },
    words: 'let null true false NaN Infinity',
  },
]

const halves = fc.constantFrom('\ud800', 'a\udfff', '\ud83d"', '\ude00\\')
const given = fc.oneof({ weight: 20, arbitrary: values({}) }, { weight: 1, arbitrary: halves })

/** All texts of a value in the order in which they are written, keys before what they hold. */
function textsIn(value: ParameterValue): readonly string[] {
  if (typeof value === 'string') return [value]
  if (value === null || typeof value !== 'object') return []
  if (isList(value)) return value.flatMap(textsIn)
  return Array.from(value).flatMap(([key, inner]) => [key, ...textsIn(inner)])
}

/** As MATLAB has them: all keys of a map, then what they hold. */
function keysFirst(value: ParameterValue): readonly string[] {
  if (!(value instanceof Map)) return isList(value) ? value.flatMap(keysFirst) : textsIn(value)
  return [...value.keys(), ...[...value.values()].flatMap(keysFirst)]
}

function statementOf(translator: Translator, value: ParameterValue): string | null {
  try {
    return translator.assign('name', value)
  } catch (error) {
    if (error instanceof UnsupportedValueError) return null
    throw error
  }
}

/** What is left when words, numbers and punctuation are taken away: nothing but code that is ours. */
function strangeIn(skeleton: string, words: string): string {
  const known = [...words.split(' '), 'name'].toSorted((a, b) => b.length - a.length)
  const escaped = known.map((word) => word.replaceAll(/[[\].()]/g, '\\$&'))
  const word = new RegExp(`(?<![\\w'])(?:${escaped.join('|')})(?![\\w'])`, 'g')
  const number = /(?<!\w)\d+(?:\.\d+)?(?:e[+-]?\d+)?[LIn]?(?!\w)/g
  return skeleton
    .replace(word, '')
    .replace(number, '')
    .replace(/[\s"=(){}[\]<>,;:$@|*^+-]/g, '')
}

describe.each(languages.map((language) => [language.translator.language, language] as const))(
  'a value in %s never becomes code',
  (_, { translator, syntax, words }) => {
    test(
      'its strings are those that were given, and the rest is known',
      () => {
        const property = fc.property(given, (value) => {
          const statement = statementOf(translator, value)
          if (statement === null) return
          const { strings, skeleton } = literalsOf(statement, syntax)
          const numbers = /^-?\d+$/ // "BigInteger.Parse" takes one as text
          const isGiven = new Map(textsIn(value).map((text) => [text, true]))
          const texts = strings.filter((text) => isGiven.has(text) || !numbers.test(text))
          expect(texts).toEqual(textsIn(value))
          expect(strangeIn(skeleton, words)).toBe('')
        })
        fc.assert(property, fuzzOptions(400))
      },
      fuzzTestMs,
    )
  },
)

describe('a value in MATLAB never becomes code', () => {
  /** Quotes of both kinds know their own doubling alone; characters may be given by number. */
  const piece = /"((?:[^"\n]|"")*)"|'((?:[^'\n]|'')*)'|char\(\[?([\d ]+)\]?\)/gu

  test(
    'its strings are those that were given, and the rest is known',
    () => {
      const property = fc.property(given, (value) => {
        const statement = statementOf(matlab, value)
        if (statement === null) return
        const read = (_: string, text?: string, key?: string, codes?: string) => {
          const units = codes?.split(' ').map((code) => String.fromCharCode(Number(code)))
          const quoteForError = text?.replaceAll('""', '"') ?? key?.replaceAll("''", "'")
          found.push(quoteForError ?? units?.join('') ?? '')
          return '""'
        }
        const found: string[] = []
        const skeleton = statement.replace(piece, read)
        expect(found.join('')).toBe(keysFirst(value).join(''))
        expect(strangeIn(skeleton, 'NaN Inf true false containers.Map')).toBe('')
      })
      fc.assert(property, fuzzOptions(400))
    },
    fuzzTestMs,
  )
})

const hostile = fc.constantFrom(
  ...';|$|`|"|\'|\n|\r|\u2028|\u0085| |\t|(|)|[|]|{|}|=|,|.|-|+|#|%|!|?|\\|/|*|&|<|>|@|:|~|^|\0|\u200d|\u202e|\ufeff|\ud800'.split(
    '|',
  ),
)
const letters = fc.constantFrom(...'a b Z _ 1 é ß Ω 中 ﬁ ª ² ١ e\u0301 \u00b7'.split(' '))
const names = fc
  .array(fc.oneof(letters, letters, hostile), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.join(''))

test.each(
  [...languages.map(({ translator }) => translator), matlab].map(
    (each) => [each.language, each] as const,
  ),
)(
  'a name in %s is an identifier or refused',
  (_, translator) => {
    const property = fc.property(names, (name) => {
      if (!translator.isName(name)) return
      // R's names may hold dots, F#'s a quote behind a letter, Julia's "!", Scala's and TypeScript's "$".
      expect(name).toMatch(/^[$\p{ID_Start}_.][\p{ID_Continue}_.'!$]*$/u)
    })
    fc.assert(property, fuzzOptions(2_000))
  },
  fuzzTestMs,
)
