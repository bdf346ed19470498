import { describe, expect, test } from '@jest/globals'
import { inspectLines } from '../../src/execution/inspect_lines.ts'
import { inspectPython } from '../../src/execution/inspect_python.ts'
import type { NotebookParameter } from '../../src/execution/notebook_parameter.ts'

type Row = readonly [name: string, type: string | null, value: string, help: string]

function rowsOf(parameters: readonly NotebookParameter[]): readonly Row[] {
  return parameters.map(({ name, type, default: value, help }) => [name, type, value, help])
}

const list = "['this','is','a','list']"

describe('inspectPython()', () => {
  test.each<[string, Row[]]>([
    ['', []],
    ['a = 2', [['a', null, '2', '']]],
    ['a: int = 2', [['a', 'int', '2', '']]],
    ['a: "int" = 2', [['a', 'int', '2', '']]],
    ['a: dict[str, int] | None = {}', [['a', 'dict[str, int] | None', '{}', '']]],
    ['a = 2 # type:int', [['a', 'int', '2', '']]],
    ['a = False # Nice variable a', [['a', null, 'False', 'Nice variable a']]],
    ['a: float = 2.258 # type: int Nice variable a', [['a', 'float', '2.258', 'Nice variable a']]],
    ["a = 'text' # type: int Nice variable a", [['a', 'int', "'text'", 'Nice variable a']]],
    [
      "a: List[str] = [\n  'this', # First\n  'is',\n\n  'a',\n  'list' # Last\n] # Nice\nb = 1",
      [
        ['a', 'List[str]', list, 'Nice'],
        ['b', null, '1', ''],
      ],
    ],
    ['# only\n# comments\n\n', []],
    ['a = b = 1\nc = 2', [['c', null, '2', '']]],
    ['a = f(x=1)\nb = 2', [['b', null, '2', '']]],
    ['a == 1', []],
    ['import os\nprint(os)', []],
    ['a = "#ff0000" # red', [['a', null, '"#ff0000"', 'red']]],
    ["a = 'x\\'#y' # it's", [['a', null, "'x\\'#y'", "it's"]]],
    [
      'a = "http://x/?b=c#d"\nb = 1',
      [
        ['a', null, '"http://x/?b=c#d"', ''],
        ['b', null, '1', ''],
      ],
    ],
    ['a = [\n "#1", # first\n]', [['a', null, '["#1",]', '']]],
    ['größe = 1', [['größe', null, '1', '']]],
  ])('reads %j', (source, rows) => {
    expect(rowsOf(inspectPython(source))).toEqual(rows)
  })
})

describe('inspectLines()', () => {
  test.each<[string, Row[]]>([
    ['a <- 5 # how many', [['a', null, '5', 'how many']]],
    ['a.b = "x"', [['a.b', null, '"x"', '']]],
    ['val a: Int = 5 // how many', [['a', 'Int', '5', 'how many']]],
    [
      'let a: number = 5;\nconst b = 1',
      [
        ['a', 'number', '5', ''],
        ['b', null, '1', ''],
      ],
    ],
    ['x::Int64 = 5', [['x', 'Int64', '5', '']]],
    ['a = 5; % how many', [['a', null, '5', 'how many']]],
    [
      'int a = 5;\nvar b = "x";',
      [
        ['a', null, '5', ''],
        ['b', null, '"x"', ''],
      ],
    ],
    [
      '$a = "x"\n[int]$b = 1',
      [
        ['a', null, '"x"', ''],
        ['b', null, '1', ''],
      ],
    ],
    [
      'a=5\nexport b=x\ndeclare -A c=([k]=v)',
      [
        ['a', null, '5', ''],
        ['b', null, 'x', ''],
        ['c', null, '([k]=v)', ''],
      ],
    ],
    ['let mutable a = 5', [['a', null, '5', '']]],
    ['a = f(x=1)', [['a', null, 'f(x=1)', '']]],
    ['a == 5\nif (a <= 5)\na += 1\nf(a = 1)\n  b = 2', []],
  ])('reads %j', (source, rows) => {
    expect(rowsOf(inspectLines(source))).toEqual(rows)
  })

  test('reads long lines quickly', () => {
    const start = performance.now()
    for (const part of [
      'a',
      ' ',
      'a ',
      'let ',
      ':',
      '[a]',
      '#',
      ' # ',
      '$',
      '.',
      '"',
      '\\"',
      '\\',
      '"\\\r',
      '="#',
    ]) {
      inspectLines(part.repeat(20_000))
      inspectLines(`a = ${part.repeat(20_000)}`)
      inspectPython(`a: ${part.repeat(20_000)}`)
      inspectPython(`a = ${part.repeat(20_000)}`)
    }
    expect(performance.now() - start).toBeLessThan(3_000)
  })
})
