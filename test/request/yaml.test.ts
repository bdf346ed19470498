import { describe, expect, test } from '@jest/globals'
import { readYaml } from '../../src/request/yaml.ts'
import { maxLinearScaling, scalingOf } from '../support/scaling.ts'

function valueOf(text: string): unknown {
  return readYaml(`a: ${text}`).get('a')
}

describe('readYaml()', () => {
  test.each([
    ['', null],
    ['~', null],
    ['Null', null],
    ['yes', true],
    ['On', true],
    ['no', false],
    ['y', 'y'],
    ['n', 'n'],
    ['yEs', 'yEs'],
    ['1', 1n],
    ['1.0', 1],
    ['-1_000', -1000n],
    ['012', 10n],
    ['08', '08'],
    ['0o12', '0o12'],
    ['0x1F', 31n],
    ['-0b11', -3n],
    ['9007199254740993', 9007199254740993n],
    ['1:30', 90n],
    ['-1:30', -90n],
    ['1:30.5', 90.5],
    ['1e5', '1e5'],
    ['1.0e5', '1.0e5'],
    ['1.0e+5', 100000],
    ['.5', 0.5],
    ['-.5', '-.5'],
    ['.inf', Infinity],
    ['-.INF', -Infinity],
    ['.NaN', NaN],
    ['2026-01-01', '2026-01-01'],
    ['2026-01-01 10:00:00', '2026-01-01 10:00:00'],
    ['"1"', '1'],
    ["'yes'", 'yes'],
    ['!!str 5', '5'],
    ['[1, 1.0, a]', [1n, 1, 'a']],
    ['{b: [{c: null}]}', new Map([['b', [new Map([['c', null]])]]])],
    ['"\\u00e9\\U0001F600"', 'é😀'],
    ['|-\n  two\n  lines', 'two\nlines'],
  ])('reads %j as PyYAML does: %p', (text, value) => {
    expect(valueOf(text)).toEqual(value)
  })

  test.each(['', '# nothing', '---\n', 'null', '{}'])('finds no parameters in %j', (text) => {
    expect(readYaml(text)).toEqual(new Map())
  })

  test('keeps the order of the names, and merges', () => {
    const parameters = readYaml('z: &x {c: 2}\na: {<<: *x, e: 3}\n')
    expect([...parameters.keys()]).toEqual(['z', 'a'])
    expect(parameters.get('a')).toEqual(new Map([['c', 2n], ['e', 3n]])) // prettier-ignore
  })

  test('converts keys to text', () => {
    const keys = readYaml('a: {1: a, 1.0: b, yes: c, ~: d, e: f}').get('a')
    expect(keys instanceof Map && [...keys.keys()]).toEqual(['1', '1.0', 'True', 'None', 'e'])
  })

  test.each([
    ['[1, 2]', 'it has no names; write "NAME: VALUE", one a line'],
    ['text', 'it has no names'],
    ['a: [1, 2', /\(line 1\)$/],
    ['a: 1\nb: {', /\(line 2\)$/],
    ['a: 1\n---\nb: 2', /multiple documents.*\(line 2\)/],
    ['a: 1\na: 2', /unique.*\(line 2\)/],
    ['a: {b: [{1: x, c: 2,\n 1: y}]}', /unique.*\(line 2\)/],
    ['a: *b', /alias.*b/],
    ['a: !thing 5', 'Unresolved tag: !thing (line 1)'],
    ['a: !!binary aGk=', /Unresolved tag/],
    ['a: !!timestamp 2026-01-01', /Unresolved tag/],
    ['a: {? [1]\n : 2}', 'it has a list or a map as a key'],
    ['a: "\\ud800"', 'it has half of a surrogate pair'],
    ['a: &a [*a]', 'it is nested more than 100 levels deep'],
    [`a: ${'['.repeat(200)}${']'.repeat(200)}`, 'it is nested more than 100 levels deep'],
    [`a: [${'1,'.repeat(100_001)}]`, 'it has more than 100000 values'],
    ['a'.repeat(1_000_001), 'it has more than 1000000 characters'],
    [`a: ${'9'.repeat(4301)}`, /4301 digits/],
  ])('refuses %.40j', (text, reason) => {
    expect(() => readYaml(text)).toThrow(reason)
  })

  test.each([
    { name: 'names', unit: 'n: 1\n' },
    { name: 'values', unit: '1,' },
    { name: 'brackets', unit: '[' },
    { name: 'pairs of brackets', unit: '{}' },
    { name: 'quotes', unit: '"' },
    { name: 'lines', unit: 'x\n' },
    { name: 'anchors', unit: '&a ' },
    { name: 'aliases', unit: '- &a 1\n- *a\n' },
    { name: 'what is merged', unit: '<<: {a: 1}\n' },
    { name: 'tags', unit: '!!str ' },
  ])('takes linear time for many $name', ({ unit }) => {
    const scaling = scalingOf((size) => {
      const text = unit.repeat(size / unit.length)
      attempt(() => readYaml(unit.startsWith('n') ? namesOf(size) : `a: ${text}`))
      attempt(() => readYaml(`a: [${text}`))
    })
    expect(scaling).toBeLessThan(maxLinearScaling)
  })

  test("merges like PyYAML: merged keys come first, and a map's own keys take precedence", () => {
    const text = `x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz: {c: 3, <<: [*x, *y]}\n'<<': 5`
    const parameters = readYaml(text)
    const merged = parameters.get('z')
    expect(merged instanceof Map && [...merged]).toEqual([['b', 1n], ['c', 3n], ['a', 1n]]) // prettier-ignore
    expect(parameters.get('<<')).toBe(5n)
    expect(() => readYaml('a: {<<: 5}')).toThrow('it merges ("<<") what is neither a map')
  })

  test.each([
    { name: 'lists', text: `a: ${'['.repeat(500_000)}` },
    { name: 'maps', text: `a: ${'{a: '.repeat(200_000)}` },
    { name: 'items', text: '- '.repeat(400_000) },
    { name: 'keys', text: '? '.repeat(400_000) },
    { name: 'indented maps', text: linesOf(1_000, (level) => `${' '.repeat(level)}a:`) },
    { name: 'anchored lists', text: `a: ${'[&a '.repeat(200_000)}` },
    { name: 'tagged lists', text: `a: ${'!!seq ['.repeat(100_000)}` },
    {
      name: 'aliases',
      text: `a0: &a0 [x]\n${linesOf(200, (n) => `a${n + 1}: &a${n + 1} [*a${n}]`)}`,
    },
    {
      name: 'merges',
      text: `a0: &a0 {x: 1}\n${linesOf(200, (n) => `a${n + 1}: &a${n + 1} {<<: *a${n}}`)}`,
    },
  ])('refuses endlessly nested $name', ({ text }) => {
    expect(() => readYaml(text)).toThrow('it is nested more than 100 levels deep')
  })

  test('refuses anchors that expand to billions of values', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
    for (let level = 1; level < 10; level++) {
      const aliases = Array.from({ length: 9 }, () => `*a${level - 1}`).join(', ')
      lines.push(`a${level}: &a${level} [${aliases}]`)
    }
    expect(() => readYaml(lines.join('\n'))).toThrow('it has more than 100000 values')
  })
})

function linesOf(count: number, line: (place: number) => string): string {
  return Array.from({ length: count }, (_, place) => line(place)).join('\n')
}

function namesOf(size: number): string {
  return linesOf(size / 8, (place) => `n${place}: 1`)
}

function attempt(read: () => unknown): void {
  try {
    read()
  } catch {
    // Most of it cannot be read; what counts is how long it takes.
  }
}
