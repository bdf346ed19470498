import { describe, expect, test } from '@jest/globals'
import { inspectLines } from '../../src/parameters/inspect.ts'
import { inspectPython } from '../../src/parameters/inspect_python.ts'
import { lexicalRules, type LexicalRules, pythonRules } from '../../src/parameters/lexical_rules.ts'
import type { NotebookParameter } from '../../src/parameters/parameter.ts'
import { maxLinearScaling, scalingOf } from '../support/scaling.ts'

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
    [
      'a = b = 1 # both',
      [
        ['a', null, '1', 'both'],
        ['b', null, '1', 'both'],
      ],
    ],
    ['a = f(x=1)', [['a', null, 'f(x=1)', '']]],
    ['a = dict(\n  b=1,  # one\n  c=2,\n)', [['a', null, 'dict(b=1,c=2,)', '']]],
    ['a: Annotated[int, dict(gt=0)] = 5', [['a', 'Annotated[int, dict(gt=0)]', '5', '']]],
    ['a: Literal["x", "y"] = "x"', [['a', 'Literal["x", "y"]', '"x"', '']]],
    ['a: Callable = lambda x=1: x', [['a', 'Callable', 'lambda x=1: x', '']]],
    ['a = lambda x=1, y=2: x', [['a', null, 'lambda x=1, y=2: x', '']]],
    [
      'a, b = 1, f(x, y=2) # two',
      [
        ['a', null, '1', 'two'],
        ['b', null, 'f(x, y=2)', 'two'],
      ],
    ],
    [
      '(a, [b, *c]), d[0], e.f = g()',
      [
        ['a', null, 'g()', ''],
        ['b', null, 'g()', ''],
        ['c', null, 'g()', ''],
      ],
    ],
    [
      'a = 1; b = 2 # the second',
      [
        ['a', null, '1', ''],
        ['b', null, '2', 'the second'],
      ],
    ],
    ['a = """\nb = 1\n"""', [['a', null, '"""\nb = 1\n"""', '']]],
    ["a = '''it's # no\\''' b = 1'''", [['a', null, "'''it's # no\\''' b = 1'''", '']]],
    ['a = 1 + \\\n  2 # sum', [['a', null, '1 + 2', 'sum']]],
    ['a = True if b == 0 else False', [['a', null, 'True if b == 0 else False', '']]],
    ['def f(x=1):\n  b = 1\n\n  c = 2\na = 1', [['a', null, '1', '']]],
    ['class C:\n  b: int = 1\na = 1', [['a', null, '1', '']]],
    ['def f(): pass; x = 1\na = 1', [['a', null, '1', '']]],
    [
      'class C: b = 1; c = 2\na = 1; b = 2',
      [
        ['a', null, '1', ''],
        ['b', null, '2', ''],
      ],
    ],
    [
      'if x:\n  a = 1\nelse: b = 2',
      [
        ['a', null, '1', ''],
        ['b', null, '2', ''],
      ],
    ],
    ['(x): int = 1', [['x', 'int', '1', '']]],
    ['((x)) : "int" = 1 # one', [['x', 'int', '1', 'one']]],
    ['(\n  x # inner\n): int = 1', [['x', 'int', '1', '']]],
    [
      '(x) = [y] = 1',
      [
        ['x', null, '1', ''],
        ['y', null, '1', ''],
      ],
    ],
    ['(x).y: int = 1\n(x)[0]: int = 1\nf(x): int = 1', []],
    ['if (x): y = 1', [['y', null, '1', '']]],
    ['case: int = 1', [['case', 'int', '1', '']]],
    ['%env B=1\n!x="(\n?y = 1\na = 1', [['a', null, '1', '']]],
    ['a = (1\n% b)', [['a', null, '(1% b)', '']]],
    ['a: int\nb += 1\nc[0] = 1\nd.e = 1\nf(g=1)\nprint(h := 1)', []],
    [
      'a = "open\nb = 1',
      [
        ['a', null, '"open', ''],
        ['b', null, '1', ''],
      ],
    ],
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
    ['a = f(\nb = 1,\nc = "d = 1"\n)', [['a', null, 'f(b = 1,c = "d = 1")', '']]],
    [
      'a = 1; b = 2',
      [
        ['a', null, '1', ''],
        ['b', null, '2', ''],
      ],
    ],
    [
      'let a, b = 1, 2',
      [
        ['a', null, '1', ''],
        ['b', null, '2', ''],
      ],
    ],
  ])('reads %j', (source, rows) => {
    expect(rowsOf(inspectLines(source))).toEqual(rows)
  })

  test.each<[string, string, readonly string[]]>([
    [
      'R',
      "a <- 'b = 1\nc = 2' # it's\nd = list(\ne = 1\n)\nf <- function(x) {\ng = 1\n}",
      ['a', 'd', 'f'],
    ],
    ['Julia', 'a = """\nb = 1\n"""\n#= c = 1\nd = 1 =#\ne = x\'\nf = \'c\'', ['a', 'e', 'f']],
    ['MATLAB', "a = b';\nc = 'it''s; d = 1'; % e = 1\nf = [1\n2];", ['a', 'c', 'f']],
    [
      'Scala',
      'val a = """\nval b = 1\n"""\n/* val c = 1\nval d = 1 */\nval e: Int = 1',
      ['a', 'e'],
    ],
    ['C#', 'var a = @"c:\\";\nvar b = new D {\nc = 1\n}; // d = 1', ['a', 'b']],
    [
      'F#',
      'let a = "\nlet b = 1"\n(* let c = 1\nlet d = 1 *)\nlet e (x: \'a) = 1\nlet f = 1',
      ['a', 'f'],
    ],
    [
      'PowerShell',
      '$a = "`"; $b = 1"\n<# $c = 1\n$d = 1 #>\n$e = @{\nf = 1\n}\n$g = @"\n$h = 1\n"@',
      ['a', 'e', 'g'],
    ],
    ['bash', "a='it\nb=1'\nc=$'it\\'s;d=1'\ne=${a#x} # f=1\ng=(\nh=1\n)", ['a', 'c', 'e', 'g']],
    [
      'TypeScript',
      'let a = `\nlet b = 1`\nconst c = {\nd: 1 } // e\nlet f = (x) => 1',
      ['a', 'c', 'f'],
    ],
  ])('ignores names in brackets, strings and comments of %s', (language, source, names) => {
    const found = inspectLines(source, lexicalRules.get(language))
    expect(found.map(({ name }) => name)).toEqual(names)
  })
})

describe('inspectLines() reads the assignments of', () => {
  test.each<[string, string, readonly (readonly [name: string, value: string])[]]>([
    ['R', 'a <- r"(x" <- 1\n# no)" # yes', [['a', 'r"(x" <- 1\n# no)"']]],
    [
      'R',
      "a = R'--[b]-' ]--'; c = 2",
      [
        ['a', "R'--[b]-' ]--'"],
        ['c', '2'],
      ],
    ],
    [
      'R',
      'a = r"{\nb = 1\n}"\nc = 2',
      [
        ['a', 'r"{\nb = 1\n}"'],
        ['c', '2'],
      ],
    ],
    ['R', 'var"(a" = 1\nb = 2', [['b', '2']]],
    [
      'R',
      'a = "r"; b = r',
      [
        ['a', '"r"'],
        ['b', 'r'],
      ],
    ],
    [
      'R',
      '`my name` <- 5; `b` = 1',
      [
        ['my name', '5'],
        ['b', '1'],
      ],
    ],
    [
      'R',
      '5 -> y\nf(x = 1) ->> z',
      [
        ['y', '5'],
        ['z', 'f(x = 1)'],
      ],
    ],
    [
      'R',
      '1 -> a -> `b c`',
      [
        ['a', '1'],
        ['b c', '1'],
      ],
    ],
    ['R', 'a <<- 5', [['a', '5']]],
    [
      'R',
      'a <- b <- 5\nc = d = "x"',
      [
        ['a', '5'],
        ['b', '5'],
        ['c', '"x"'],
        ['d', '"x"'],
      ],
    ],
    ['R', 'f <- function(x) y <- 1', [['f', 'function(x) y <- 1']]],
    ['R', 'a == 5\na < -5\nx[1] <- 5\nnames(x) <- "b"', []],
    [
      'TypeScript',
      'let a=1, b=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'TypeScript',
      'const a: number = 1, b: string = "x, y = 1" // two',
      [
        ['a', '1'],
        ['b', '"x, y = 1"'],
      ],
    ],
    ['TypeScript', 'let a, b = 2', [['b', '2']]],
    [
      'TypeScript',
      'let a = f(x, y = 1), g = (x) => 1, c = [1, 2]',
      [
        ['a', 'f(x, y = 1)'],
        ['g', '(x) => 1'],
        ['c', '[1, 2]'],
      ],
    ],
    [
      'TypeScript',
      'const a: Map<string, number> = new Map<string, number>()',
      [['a', 'new Map<string, number>()']],
    ],
    [
      'TypeScript',
      'let a = b = 1',
      [
        ['a', '1'],
        ['b', '1'],
      ],
    ],
    ['TypeScript', 'let f = x => y = 1', [['f', 'x => y = 1']]],
    [
      'TypeScript',
      'let [a, b] = [1, 2], c = 3',
      [
        ['a', '[1, 2]'],
        ['b', '[1, 2]'],
        ['c', '3'],
      ],
    ],
    [
      'C#',
      'int a = 1, b = 2;',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'MATLAB',
      'a = 1, b = [2, 3]; c = 4',
      [
        ['a', '1'],
        ['b', '[2, 3]'],
        ['c', '4'],
      ],
    ],
    [
      'Julia',
      'a = b = 1\nc, d = 1, 2\nf(x) = y = 1',
      [
        ['a', '1'],
        ['b', '1'],
        ['c', '1'],
        ['d', '2'],
      ],
    ],
    [
      'Scala',
      'val `a b` = 1\nval c, d = 2',
      [
        ['a b', '1'],
        ['c', '2'],
        ['d', '2'],
      ],
    ],
    [
      'PowerShell',
      '$a, $b = 1, 2\n$c = 1, 2',
      [
        ['a', '1'],
        ['b', '2'],
        ['c', '1, 2'],
      ],
    ],
    [
      'bash',
      'a=1 b="x y" c=$(d=1 e)',
      [
        ['a', '1'],
        ['b', '"x y"'],
        ['c', '$(d=1 e)'],
      ],
    ],
    [
      'bash',
      'export a=1 PATH b=2\ndeclare -i c=3 d=4',
      [
        ['a', '1'],
        ['b', '2'],
        ['c', '3'],
        ['d', '4'],
      ],
    ],
    ['bash', 'a=1 make b=2\nc = 5', []],
  ])('%s: %j', (language, source, values) => {
    const found = inspectLines(source, lexicalRules.get(language))
    expect(found.map(({ name, default: value }) => [name, value])).toEqual(values)
  })
})

/** PowerShell has the most kinds of strings and comments. */
const powershellRules = lexicalRules.get('PowerShell')
/** R has the most signs of assignments. */
const rRules = lexicalRules.get('R') ?? pythonRules
const signRules: LexicalRules = {
  ...rRules,
  assignments: { ...rRules.assignments, between: 'comma' },
}
const readers = [
  ['inspectPython()', inspectPython],
  ['inspectLines()', (source: string) => inspectLines(source, powershellRules)],
  ['inspectLines() with many signs', (source: string) => inspectLines(source, signRules)],
] as const

const parts =
  'a| |a |let |:|[a]|#| # |$|.|"|\\"|\\|"\\\r|="#|"""|\'|(|)|(\n|[|{|*|,|=|a=|a,b=|;|a;|a\n|a=1;|%|if ' +
  '|case |declare -a |/*|(*|<#|@"|`|type: |r"(|r"-|->|<-|, a=|, a:|a= '

describe('the time to read a cell is proportional to its length', () => {
  test.each(readers)('%s', (_, read) => {
    for (const part of parts.split('|')) {
      for (const start of ['', 'a = ']) {
        const sourceOf = (length: number) => `${start}${part.repeat(length / part.length)}\u2028x`
        const isLinear = scalingOf((size) => void read(sourceOf(size))) < maxLinearScaling
        expect({ start, part, isLinear }).toEqual({ start, part, isLinear: true })
      }
    }
  })

  test.each(['a', ':', 'x '])('for 100,000 blanks after %j', (start) => {
    const sourceOf = (size: number) => `${start}${' '.repeat(size)}\n= 1`
    for (const read of [inspectPython, inspectLines]) {
      expect(scalingOf((size) => void read(sourceOf(size)))).toBeLessThan(maxLinearScaling)
    }
  })
})
