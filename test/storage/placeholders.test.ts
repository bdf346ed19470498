import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { ParameterMap, ParameterValue } from '../../src/parameters/parameter.ts'
import { createRedactor } from '../../src/redaction/redactor.ts'
import { fillIn, placeholderValues } from '../../src/storage/placeholders.ts'
import { parseDestination } from '../../src/storage/destinations.ts'
import { errorTextOf } from '../request/error_text_of.ts'
import { fuzzOptions } from '../support/fuzz_runs.ts'

function valuesWith(parameters: Readonly<Record<string, ParameterValue>> = {}) {
  return placeholderValues({
    name: 'my daily',
    runId: '0b5a5f27',
    startedAt: new Date('2026-03-01T23:59:58.999Z'),
    parameters: new Map(Object.entries(parameters)) satisfies ParameterMap,
    redactor: createRedactor(['s3cret']),
  })
}

function filled(text: string, parameters?: Readonly<Record<string, ParameterValue>>): string {
  return fillIn(parseDestination(text, { allowFiles: true, folder: '/' }), valuesWith(parameters))
    .address
}

describe('fillIn()', () => {
  test.each<[string, Readonly<Record<string, ParameterValue>>, string]>([
    ['/a.ipynb', {}, '/a.ipynb'],
    ['/{name}.ipynb', {}, '/my daily.ipynb'],
    ['/{name}{date}.ipynb', {}, '/my daily2026-03-01.ipynb'],
    ['/{date}/{time}-{run_id}.html', {}, '/2026-03-01/235958-0b5a5f27.html'],
    ['gs://bucket/{name}/{name}.ipynb', {}, 'gs://bucket/my daily/my daily.ipynb'],
    ['file:/out/{name}.ipynb', {}, 'file:/out/my daily.ipynb'],
    ['/{region}.ipynb', { region: 'größe' }, '/größe.ipynb'],
    ['/{n} {x} {on} {none}.ipynb', { n: 7n, x: 1, on: true, none: null }, '/7 1.0 True None.ipynb'],
    ['/{date}.ipynb', { date: '2020-02-02' }, '/2020-02-02.ipynb'],
    ['/{p}/{p}.ipynb', { p: '../../etc' }, '/----etc/----etc.ipynb'],
    ['/{p}.ipynb', { p: '2026/03' }, '/2026-03.ipynb'],
    ['/{p}.ipynb', { p: '.hidden' }, '/-hidden.ipynb'],
    ['/{p}.ipynb', { p: '' }, '/-.ipynb'],
    ['/{p}.ipynb', { p: 'a\0\n\u202eb' }, '/a---b.ipynb'],
    ['/{p}.ipynb', { p: '{name}$&$1' }, '/{name}$&$1.ipynb'],
    ['/{p}.ipynb', { p: '日'.repeat(500) }, `/${'日'.repeat(26)}.ipynb`],
    ['/{p}.ipynb', { p: 'x'.repeat(500_000) }, `/${'x'.repeat(80)}.ipynb`],
    ['/{{a}} {name}.ipynb', {}, '/{a} my daily.ipynb'],
    ['/{n:03d} {x:.2f}.ipynb', { n: 7n, x: 0.125 }, '/007 0.12.ipynb'],
    ['/{n:.>5}.ipynb', { n: 7n }, '/-7.ipynb'],
    ['/{p!r}.ipynb', { p: '\n' }, "/'-n'.ipynb"],
    ['/{list[0]}{list}.ipynb', { list: [1n, 'a/b'] }, "/1[1, 'a-b'].ipynb"],
    ['/{m[k]}.ipynb', { m: new Map([['k', '../x']]) }, '/--x.ipynb'],
    ['gs://bucket/{date:%Y}/{date:%m-%d}.ipynb', {}, 'gs://bucket/2026/03-01.ipynb'],
    ['/{date:%Y/%m}.ipynb', {}, '/2026-03.ipynb'],
    ['/{pm[run_uuid]}.ipynb', {}, '/0b5a5f27.ipynb'],
    ['/{pm[current_datetime_utc]:%H%M}.ipynb', {}, '/2359.ipynb'],
    ['/{pm[current_datetime_utc]}.ipynb', {}, '/2026-03-01 23:59:58.999000.ipynb'],
    ['/{pm}.ipynb', { pm: 'mine' }, '/mine.ipynb'],
  ])('fills %j with %j', (text, parameters, expected) => {
    expect(filled(text, parameters)).toBe(expected)
  })

  test('never leads to another folder, whatever the value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const parts = filled('/out/{p}/a.ipynb', { p: value }).split('/')
        expect(parts).toHaveLength(4)
        expect(parts[2]).toMatch(/^[^.]/u)
        expect(parts[2]).not.toContain('..')
      }),
      fuzzOptions(100),
    )
  })
})

test.each(['/{a b.ipynb', '/a}.ipynb', '/{{name}.ipynb'])('fillIn() refuses %j', (text) => {
  const reason =
    'begins with a brace that belongs to no placeholder; write "{{" or "}}" for a brace'
  expect(errorTextOf(() => filled(text))).toContain(reason)
})

test.each([
  { name: 'a long path', text: '/{s}'.repeat(150_000), reason: 'it is longer than any name' },
  {
    name: 'a long name',
    text: '/{s}{s}{s}',
    reason: 'a name in it would have more than 240 bytes',
  },
  { name: 'many placeholders', text: '/{s}'.repeat(300), reason: 'it has too many placeholders' },
])('fillIn() refuses $name', ({ text, reason }) => {
  expect(errorTextOf(() => filled(`${text}.ipynb`, { s: 'x'.repeat(500_000) }))).toContain(reason)
})

test('fillIn() takes one item of a list in which another one holds a secret', () => {
  expect(filled('/{list[0]}.ipynb', { list: ['a', 's3cret'] })).toBe('/a.ipynb')
})

describe('fillIn() without a value', () => {
  test.each<[string, Readonly<Record<string, ParameterValue>>, string]>([
    ['/{nmae}.ipynb', {}, 'did you mean "{name}"?'],
    ['/{}.ipynb', {}, 'there is "{name}", "{run_id}", "{date}", "{time}"'],
    ['/{toString}.ipynb', {}, 'Cannot fill in "{toString}" in the output "/{toString}.ipynb"'],
    ['/{constructor}.ipynb', { region: 'eu' }, '"{time}", "{pm}", "{region}"'],
    ['/{p}.ipynb', { p: `${'x'.repeat(200)}/s3cret` }, 'its value holds a secret; leave it out'],
    ['/{p[0]}.ipynb', { p: 's3cret' }, 'its value holds a secret; leave it out'],
    ['/{p:.3}.ipynb', { p: 's3cret' }, 'its value holds a secret; leave it out'],
    ['/{list}.ipynb', { list: ['s3cret'] }, 'its value holds a secret; leave it out'],
    ['/{n:{p}}.ipynb', { n: 1n, p: 's3cret' }, 'its value holds a secret; leave it out'],
    ['/{n:q}.ipynb', { n: 1n }, '"q" ends in "q", which an integer cannot have'],
  ])('refuses %j', (text, parameters, reason) => {
    const destination = parseDestination(text, { allowFiles: true, folder: '/' })
    const errorText = errorTextOf(() => fillIn(destination, valuesWith(parameters)))
    expect(errorText).toMatch(/^ARGUMENTS_INVALID: Cannot fill in "/)
    expect(errorText).toContain(reason)
  })
})
