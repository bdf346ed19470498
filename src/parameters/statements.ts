import type { LexicalRules } from './lexical_rules.ts'
import { startOf, type Token, tokensOf } from './tokens.ts'

/** One statement of a cell. */
export interface Statement {
  /** The number of white-space characters at the beginning of its first line. */
  readonly indent: number
  /** It follows a `;`: another statement begins its line. */
  readonly continuesLine: boolean
  /** Without comments, and without line ends and indentation inside brackets. */
  readonly code: string
  /**
   * `code` with every character of a string replaced by `"` and every one inside brackets by `(`: an
   * operator or a comma that is found here belongs to the statement itself.
   */
  readonly outline: string
  /** The comment after it on its last line, without the characters that begin it. */
  readonly comment: string
}

/**
 * The statements of a cell, in order: they end with their line, or at a `;`, where no bracket and no
 * string is open. Takes time linear in the length of any source, and never throws.
 */
export function statementsOf(source: string, rules: LexicalRules): readonly Statement[] {
  const reader = new StatementReader(rules)
  for (const token of tokensOf(source.replaceAll(/\r\n?/g, '\n'), rules)) reader.add(token)
  return reader.end()
}

class StatementReader {
  readonly #rules: LexicalRules
  readonly #statements: Statement[] = []
  #indent = 0
  #code = ''
  #outline = ''
  /** White space that is part of the code only if code follows it on the line. */
  #space = ''
  #isLineStart = true
  #comment = ''
  /** The number of statements before this line. */
  #before = 0

  constructor(rules: LexicalRules) {
    this.#rules = rules
  }

  add(token: Token): void {
    const { kind, text, depth } = token
    if (kind === 'space') return this.#addSpace(text)
    if (kind === 'comment') return this.#addComment(text)
    if (kind === 'lineEnd') return depth === 0 ? this.#endLine() : this.#breakLine('')
    if (kind === 'joint') return this.#breakLine(' ')
    if (kind === 'separator' && depth === 0) return this.#endStatement()
    if (kind !== 'command') this.#addCode(token)
  }

  end(): readonly Statement[] {
    this.#endLine()
    return this.#statements
  }

  #addSpace(text: string): void {
    if (!this.#isLineStart) this.#space += text
    else if (this.#code === '') this.#indent = text.length
  }

  #addComment(text: string): void {
    const sign = startOf(text, 0, this.#rules.comments) ?? ''
    this.#comment = text.slice(sign.length).trim()
  }

  #addCode({ kind, text, depth }: Token): void {
    const sign = kind === 'string' ? '"' : depth > 0 ? '(' : null
    const between = this.#code === '' ? '' : this.#space
    this.#code += between + text
    this.#outline += depth > 0 ? '('.repeat(between.length) : between
    this.#outline += sign === null ? text : sign.repeat(text.length)
    this.#space = ''
    this.#isLineStart = false
    this.#comment = ''
  }

  #breakLine(space: string): void {
    this.#space = space
    this.#isLineStart = true
  }

  #endStatement(): void {
    const [code, outline, indent] = [this.#code, this.#outline, this.#indent]
    const continuesLine = this.#statements.length > this.#before
    if (code !== '') this.#statements.push({ indent, continuesLine, code, outline, comment: '' })
    this.#code = ''
    this.#outline = ''
    this.#space = ''
  }

  /** A comment belongs to the last statement of its line. */
  #endLine(): void {
    this.#endStatement()
    const last = this.#statements.at(-1)
    if (last !== undefined && this.#statements.length > this.#before) {
      this.#statements[this.#statements.length - 1] = { ...last, comment: this.#comment }
    }
    this.#comment = ''
    this.#indent = 0
    this.#isLineStart = true
    this.#before = this.#statements.length
  }
}

export type Code = Pick<Statement, 'code' | 'outline'>

/** A name that an assignment sets, and the code of its value. */
export interface Binding {
  readonly name: string
  readonly value: string
}

/** The parts of an assignment: `a = b, c = f()` has two targets. */
export interface Assignment {
  readonly targets: readonly Code[]
  readonly value: Code
}

/**
 * The names that an assignment sets, each with its part of the value: `lo, hi = 0, 10` sets two.
 * Names that share a value get all of it, shortened, since a long value many times would be too much.
 * Targets that are not names by the language's `identifier`, such as `x[0]`, are left out.
 */
export function bindingsOf({ targets, value }: Assignment, identifier: RegExp): readonly Binding[] {
  const values = partsOf(value).map(({ code }) => code)
  const shared = shortened(value.code)
  return targets.flatMap((target) => {
    const parts = partsOf(target)
    const isStarred = parts.some(({ code }) => code.startsWith('*'))
    const isMatched = parts.length === values.length && parts.length > 1 && !isStarred
    const names = parts.map(({ code }) => namesIn(code, identifier))
    if (targets.length === 1 && names.length === 1 && names[0]?.length === 1) {
      return names[0].map((name) => ({ name, value: value.code }))
    }
    return names.flatMap((group, place) =>
      group.map((name) => ({ name, value: isMatched ? shortened(values[place] ?? '') : shared })),
    )
  })
}

const maxSharedLength = 200

function shortened(code: string): string {
  return code.length > maxSharedLength ? `${code.slice(0, maxSharedLength - 1)}…` : code
}

/** Whether this can be the target of an assignment: names, elements of objects, and lists of them. */
export function isTarget(code: Code): boolean {
  return partsOf(code).every(({ outline }) => targetShape.test(outline))
}

const targetShape = /^\*?\s*[\p{L}\p{Nd}_.$!'"(){}[\]]*$/u

/** The parts between commas that are outside of brackets. */
function partsOf({ code, outline }: Code): readonly Code[] {
  const parts: Code[] = []
  let start = 0
  for (const piece of outline.split(',')) {
    const end = start + piece.length
    parts.push({ code: code.slice(start, end).trim(), outline: piece.trim() })
    start = end + 1
  }
  const last = parts.at(-1)
  return parts.length > 1 && last?.code === '' ? parts.slice(0, -1) : parts
}

/** A name, or the names inside brackets at any depth; none of `f(x)` and `x[i]`. */
function namesIn(part: string, identifier: RegExp): readonly string[] {
  const name = part.replace(/^\*\s*/, '')
  if (identifier.test(name)) return [name]
  if (!/^[([{][\p{L}\p{Nd}_.$,*()[\]{}\s]*$/u.test(part)) return []
  const isElement = /[\p{L}\p{Nd}_)\]]\s*[([]/u.test(part)
  const words = part.split(/[,*()[\]{}\s]+/)
  return isElement ? [] : words.filter((each) => identifier.test(each))
}
