import { parse } from '@babel/parser'
import { describe, expect, test } from '@jest/globals'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from './support/repository.ts'
import { maxLinearScaling, scalingOf } from './support/scaling.ts'

interface Literal {
  readonly place: string
  readonly pattern: string
  readonly flags: string
}

const source = join(repositoryRoot, 'src')
const literals = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  .flatMap(literalsIn)

describe('the regular expressions', () => {
  test('are found', () => {
    expect(literals.length).toBeGreaterThan(100)
  })

  test.each(literals.map((literal) => [literal.place, literal] as const))(
    'take linear time, at %s',
    (_, { pattern, flags }) => {
      for (const { prefix, unit, suffix } of worstInputs(pattern)) {
        const scaling = scalingOf((size) => {
          const text = prefix + unit.repeat(size / unit.length) + suffix
          text.replace(new RegExp(pattern, flags), '')
        })
        expect([prefix, unit, suffix, scaling > maxLinearScaling]).toEqual([
          prefix,
          unit,
          suffix,
          false,
        ])
      }
    },
  )
})

function literalsIn(file: string): readonly Literal[] {
  const plugins = ['typescript', 'explicitResourceManagement'] as const
  const code = readFileSync(join(source, file), 'utf8')
  const { tokens } = parse(code, { sourceType: 'module', tokens: true, plugins: [...plugins] })
  return (tokens ?? []).flatMap(({ type, value, loc }) => {
    if (type.label !== 'regexp') return []
    return [{ place: `${file}:${loc.start.line}`, pattern: value.pattern, flags: value.flags }]
  })
}

/**
 * What makes an expression try the same characters again: many of one or two that it may match,
 * behind something that it begins with, and before something that it does not end with.
 */
function* worstInputs(pattern: string) {
  const characters = alphabetOf(pattern)
  const pairs = characters.slice(1).map((other) => `${characters[0]}${other}`)
  for (const prefix of ['', ...beginningsOf(pattern)]) {
    for (const unit of [...characters, ...pairs]) yield { prefix, unit, suffix: '\0\n\0\n\0' }
  }
}

/** One character of each class, and what stands in the pattern for itself. */
function alphabetOf(pattern: string): readonly string[] {
  const plain = pattern.replaceAll(/\\u\{?[\da-f]{4}\}?|\\[a-zA-Z](?:\{\w*\})?/gi, '')
  const signs = plain.match(/[^\w\s()[\]{}?*+|^$\\]/g) ?? []
  return [...new Set(['\t', '0', 'a', ...signs])].slice(0, 8)
}

/** What the pattern may begin with: its letters and words, with the sign behind them. */
function beginningsOf(pattern: string): readonly string[] {
  const words = pattern.match(/(?<![\\\w])[a-z]+[^\w\s\\()[\]]?/gi) ?? []
  return [...new Set(['a:', '0', '"', ...words])].slice(0, 6)
}
