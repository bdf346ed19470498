import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { FormatValue } from '../../src/storage/format/value.ts'
import { DateTime } from '../../src/storage/format/date_time.ts'
import { FormatError } from '../../src/storage/format/format_error.ts'
import { formatField } from '../../src/storage/format/format_field.ts'
import { parseTemplate } from '../../src/storage/format/template.ts'
import { readYaml } from '../../src/request/yaml.ts'
import { noop } from '../../src/util/abort.ts'
import { runProgram } from '../support/run_program.ts'
import { fuzzOptions } from '../support/fuzz_runs.ts'

/** What `json.loads()` of Python and our own reader make the same values of. */
const parameters = String.raw`{
  "n": 42, "neg": -7, "million": 1234567, "big": 12345678901234567890123, "w": 6,
  "x": 3.14159, "half": 2.5, "tiny": 0.00001, "large": 1.0e+16, "minus": -0.001, "third": 0.1,
  "whole": 3.0, "edge": 99999999999999991611392.0,
  "on": true, "none": null, "s": "größe", "q": "it's", "empty": "",
  "list": ["a", 2, null, 1.5],
  "map": { "key": "quux", "a:b": 3, "x y": { "z": [1, 2] }, "0": "zero" }
}`

const times = {
  day: { iso: '2026-03-01T23:59:58.999', text: '2026-03-01 23:59:58.999000' },
  turn: { iso: '2027-01-03T00:05:00.000', text: '2027-01-03 00:05:00' },
}

const values = new Map<string, FormatValue>([
  ...readYaml(parameters),
  ...Object.entries(times).map(
    ([name, { iso, text }]) => [name, new DateTime(new Date(`${iso}Z`), text)] as const,
  ),
])

function formatted(template: string, given: ReadonlyMap<string, FormatValue> = values): string {
  const pieces = parseTemplate(template)
  return pieces
    .map((piece) =>
      typeof piece === 'string' ? piece : formatField(piece, { values: given, check: noop }),
    )
    .join('')
}

const rows = [
  { template: 'foo/bar', expected: 'foo/bar' },
  { template: 'foo/{s}', expected: 'foo/größe' },
  { template: '{on} {none} {n} {x} {whole}', expected: 'True None 42 3.14159 3.0' },
  { template: '{map[key]}', expected: 'quux' },
  { template: '{list[0]}{list[1]}', expected: 'a2' },
  { template: '{map[x y][z][1]}', expected: '2' },
  { template: '{map[a:b]}', expected: '3' },
  { template: '{s[1]}', expected: 'r' },
  { template: '{list}', expected: "['a', 2, None, 1.5]" },
  { template: '{map}', expected: "{'key': 'quux', 'a:b': 3, 'x y': {'z': [1, 2]}, '0': 'zero'}" },
  { template: '{list[01]}', expected: '2' },
  { template: '{{n}} {{{n}}}', expected: '{n} {42}' },
  { template: '{n:03d}', expected: '042' },
  { template: '{neg:03d}', expected: '-07' },
  {
    template: '{n:5}|{n:<5}|{n:^5}|{n:>5}|{n:=5}|{neg:=5}',
    expected: '   42|42   | 42  |   42|   42|-   7',
  },
  { template: '{n:x<6}{n:*^7}{n:0<5}{n:<05}', expected: '42xxxx**42***4200042000' },
  { template: '{n:+} {n: } {n:-} {neg:+}', expected: '+42  42 42 -7' },
  {
    template: '{n:b} {n:o} {n:x} {n:X} {n:#b} {n:#o} {n:#x} {n:#010X}',
    expected: '101010 52 2a 2A 0b101010 0o52 0x2a 0X0000002A',
  },
  {
    template: '{million:,} {million:_} {million:012,} {million:010,} {million:_x} {million:_b}',
    expected: '1,234,567 1_234_567 0,001,234,567 01,234,567 12_d687 1_0010_1101_0110_1000_0111',
  },
  {
    template: '{n:n} {n:f} {n:.1f} {n:e} {n:g} {n:%}',
    expected: '42 42.000000 42.0 4.200000e+01 42 4200.000000%',
  },
  {
    template: '{big} {big:,} {big:e}',
    expected: '12345678901234567890123 12,345,678,901,234,567,890,123 1.234568e+22',
  },
  { template: '{on:d} {on:5} {on:x<3}', expected: '1     1 1xx' },
  {
    template: '{x:.2f} {x:.03f} {x:8.1f} {x:08.2f} {x:+.0f} {x:<7.1f} {x:#.0f}',
    expected: '3.14 3.142      3.1 00003.14 +3 3.1     3.',
  },
  {
    template: '{half:.0f} {third:.20f} {third:.1%} {half:.0%}',
    expected: '2 0.10000000000000000555 10.0% 250%',
  },
  {
    template: '{x:e} {x:.2E} {tiny:e} {edge:.20e} {edge:.0e}',
    expected: '3.141590e+00 3.14E+00 1.000000e-05 9.99999999999999916114e+22 1e+23',
  },
  {
    template: '{x:g} {tiny:g} {large:g} {whole:g} {whole:#g} {million:.3g} {third:.25g}',
    expected: '3.14159 1e-05 1e+16 3 3.00000 1.23e+06 0.1000000000000000055511151',
  },
  {
    template: '{x:.3} {whole:.3} {large:.5} {tiny:.3} {n:.1f} {half:.1}',
    expected: '3.14 3.0 1e+16 1e-05 42.0 2e+00',
  },
  {
    template: '{whole:6} {large:6} {minus:6} {whole:,} {large:,}',
    expected: '   3.0  1e+16 -0.001 3.0 1e+16',
  },
  { template: '{minus:.1f} {minus:z.1f} {minus:+z.1f}', expected: '-0.0 0.0 +0.0' },
  {
    template: '{x:n} {x:_.3f} {million:,.2f} {million:015,.1f}',
    expected: '3.14159 3.142 1,234,567.00 0,001,234,567.0',
  },
  {
    template: '{s:>8}|{s:<8}|{s:^8}|{s:8}|{s:.2}|{s:*^9.3}|{s:s}|{s:08}',
    expected: '   größe|größe   | größe  |größe   |gr|***grö***|größe|größe000',
  },
  {
    template: '{s!r} {s!s} {s!a} {q!r} {n!r:>5} {list[0]!r}',
    expected: "'größe' größe 'gr\\xf6\\xdfe' \"it's\"    42 'a'",
  },
  {
    template: '{n:{w}} {n:0{w}d} {x:{w}.{list[1]}f} {s:{empty}}',
    expected: '    42 000042   3.14 größe',
  },
  { template: '{empty!r}{map[x y]}', expected: "''{'z': [1, 2]}" },
  {
    template: '{day:%Y-%m-%d} {day} {day:%Y/%j %G-W%V-%u %w}',
    expected: '2026-03-01 2026-03-01 23:59:58.999000 2026/060 2026-W09-7 0',
  },
  {
    template: '{day:%A %a %d %B %b %y} {day:%H:%M:%S.%f %I %p %%}',
    expected: 'Sunday Sun 01 March Mar 26 23:59:58.999000 11 PM %',
  },
  {
    template: '{turn:%G-W%V-%u} {turn:%j %I%p} {turn}',
    expected: '2026-W53-7 003 12AM 2027-01-03 00:05:00',
  },
]

const inPython = `
import datetime, json, sys
templates, parameters, times = json.loads(sys.argv[1])
values = json.loads(parameters)
for name, time in times.items():
    values[name] = datetime.datetime.fromisoformat(time['iso'])
def formatted(template):
    try:
        return template.format(**values)
    except Exception:
        return None
print(json.dumps([formatted(template) for template in templates]))`

/** What Python's `str.format()` makes of each text; null where it throws. */
async function formattedByPython(
  templates: readonly string[],
): Promise<readonly (string | null)[]> {
  const input = JSON.stringify([templates, parameters, times])
  return JSON.parse(await runProgram({ command: 'python3', args: ['-c', inPython, input] }))
}

const refused = [
  { template: '{', reason: 'begins with a brace that belongs to no placeholder' },
  { template: 'a}b', reason: '"}b" begins with a brace' },
  { template: '{n', reason: '"{n" begins with a brace' },
  { template: '{{n}', reason: '"}" begins with a brace' },
  { template: '{n[0}', reason: 'begins with a brace' },
  { template: '{map[]}', reason: '"{map[]}" is no placeholder' },
  { template: '{map[key]x}', reason: 'is no placeholder' },
  { template: '{}', reason: 'it is neither a parameter nor known otherwise' },
  { template: '{0}', reason: 'it is neither a parameter nor known otherwise' },
  { template: '{ n }', reason: 'did you mean "{n}"?' },
  { template: '{map[kay]}', reason: 'the map has no key "kay"; did you mean "[key]"?' },
  { template: '{list[4]}', reason: 'there is no item "4"; its items are "[0]" to "[3]"' },
  { template: '{list[-1]}', reason: 'there is no item "-1"' },
  { template: '{empty[0]}', reason: 'there is no item "0"; it is empty' },
  { template: '{n[0]}', reason: 'there is no item "0" in the value 42' },
  { template: '{none[x]}', reason: 'there is no item "x" in the value None' },
  { template: '{n!x}', reason: 'has a conversion that is not known; there is "!s", "!r" and "!a"' },
  { template: '{n:.2d}', reason: '".2d" has a precision, which an integer cannot have' },
  { template: '{n:s}', reason: '"s" ends in "s", which an integer cannot have' },
  { template: '{n:,x}', reason: '",x" has ",", which an integer cannot have' },
  { template: '{n:_n}', reason: '"_n" has "_", which an integer cannot have' },
  { template: '{n:z}', reason: '"z" has "z", which an integer cannot have' },
  { template: '{n:5 }', reason: '"5 " is no format specification of Python' },
  { template: '{x:d}', reason: '"d" ends in "d", which a float cannot have' },
  { template: '{x:5.}', reason: '"5." is no format specification of Python' },
  { template: '{x:,n}', reason: '",n" has ",", which a float in this form cannot have' },
  { template: '{s:d}', reason: '"d" ends in "d", which a text cannot have' },
  { template: '{s:=9}', reason: '"=9" has "=", which a text cannot have' },
  { template: '{s:+}', reason: '"+" has a sign, which a text cannot have' },
  { template: '{s:#}', reason: '"#" has "#", which a text cannot have' },
  { template: '{s:,}', reason: '"," has ",", which a text cannot have' },
  { template: '{none:5}', reason: 'None takes no format specification' },
  { template: '{list:5}', reason: 'a list takes no format specification' },
  { template: '{map:5}', reason: 'a map takes no format specification' },
  { template: '{n:{w:{w}}}', reason: 'begins with a brace' },
]

/** Python takes these. */
const refusedHere = [
  { template: '{s.upper}', reason: 'asks for an attribute, and parameters have none' },
  { template: '{n:c}', reason: '"c" ends in "c", which an integer cannot have' },
  { template: '{n:081}', reason: '"081" asks for more than 80 characters' },
  { template: '{x:.81f}', reason: '".81f" asks for more than 80 characters' },
  { template: '{day:%q}', reason: '"%q" is no part of a date that can be written; there is %Y' },
]

describe('formatField()', () => {
  test.each(rows)('makes of $template what Python does', ({ template, expected }) => {
    expect(formatted(template)).toBe(expected)
  })

  test.each([...refused, ...refusedHere])('refuses $template', ({ template, reason }) => {
    expect(() => formatted(template)).toThrow(expect.objectContaining({ name: 'FormatError' }))
    expect(refusalOf(template)).toContain(reason)
  })

  test('is compared with what Python does', async () => {
    const templates = [...rows, ...refused, ...refusedHere].map(({ template }) => template)
    const python = await formattedByPython(templates)
    const ours = [...rows.map(({ expected }) => expected), ...refused.map(() => null)]
    expect(python.slice(0, ours.length)).toEqual(ours)
    expect(python.slice(ours.length)).not.toContain(null)
  })

  test('rounds as numbers are read back, whatever the number', () => {
    fc.assert(
      fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (x) => {
        const given = new Map([['x', x]])
        expect(Number(formatted('{x:.16e}', given))).toBe(x)
        expect(Number(formatted('{x}', given))).toBe(x)
      }),
      fuzzOptions(100),
    )
  })
})

function refusalOf(template: string): string {
  try {
    return formatted(template)
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    return error.advice === null ? error.message : `${error.message}; ${error.advice}`
  }
}
