import { pythonRules } from './lexical_rules.ts'
import type { NotebookParameter } from './parameter.ts'
import {
  type Binding,
  bindingsOf,
  type Code,
  isTarget,
  type Statement,
  statementsOf,
} from './statements.ts'

/**
 * The parameters of a Python cell, by papermill's rules: an annotation has priority over a "# type:"
 * comment, and the rest of the comment is the help. Unlike papermill, this reads values over several
 * lines, tuples and `;`, and ignores assignments in brackets, strings, functions and classes. Lines
 * for IPython (`%`, `!`) are skipped.
 */
export function inspectPython(source: string): readonly NotebookParameter[] {
  return moduleStatements(statementsOf(source, pythonRules)).flatMap(pythonParameters)
}

const definitionHead = /^(?:async\s+)?(?:def|class)\s/

/** Those that are not in the body of a function or class. */
function moduleStatements(statements: readonly Statement[]): readonly Statement[] {
  let outer: number | null = null
  return statements.filter(({ indent, continuesLine, outline }) => {
    if (outer !== null && (indent > outer || continuesLine)) return false
    outer = definitionHead.test(outline) ? indent : null
    return outer === null
  })
}

function pythonParameters(statement: Statement): readonly NotebookParameter[] {
  const { comment } = statement
  const [first, ...rest] = splitAtEquals(withoutHead(statement))
  if (first === undefined || rest.length === 0) return []
  const [, commented, help = comment] = typeComment.exec(comment) ?? []
  const [, name, annotation = ''] = annotated.exec(first.code) ?? []
  const type = unquoted(annotation.trim()) || commented || null
  const bindings =
    name === undefined ? bindingsIn(first, rest) : [{ name, value: joined(rest).code }]
  return bindings.map((each) => ({ name: each.name, type, default: each.value, help }))
}

const pythonIdentifier = /^[\p{L}_][\p{L}\p{Nd}_]*$/u
/** `name: type`, and `(name): type`. */
const annotated = /^[(\s]*([\p{L}_][\p{L}\p{Nd}_]*)[)\s]*:(.*)$/su
const typeComment = /^type:\s*(\S*)\s*(.*)$/s

/** `if x: a = 1` and its like; "case" is a name, too. */
const compoundHead =
  /^(?:(?:if|elif|else|for|while|with|try|except|finally|async)\b|case\s+\S)[^:]*:/

function withoutHead({ code, outline }: Code): Code {
  const start = compoundHead.exec(outline)?.[0].length ?? 0
  return { code: code.slice(start), outline: outline.slice(start) }
}

function unquoted(type: string): string {
  return type.replace(/^(["'])(.*)\1$/s, '$2')
}

/** `a = b = 1` sets two names to one value. */
function bindingsIn(first: Code, rest: readonly Code[]): readonly Binding[] {
  if (!isTarget(first)) return []
  const count = rest.findIndex((part, place) => place === rest.length - 1 || !isTarget(part))
  const targets = [first, ...rest.slice(0, count)]
  return bindingsOf({ targets, value: joined(rest.slice(count)) }, pythonIdentifier)
}

/** An "=" that is no part of another operator. */
const equals = /(?<![=!<>:+\-*/%&|^@])=(?!=)/g

function splitAtEquals({ code, outline }: Code): readonly Code[] {
  const places = Array.from(outline.matchAll(equals), ({ index }) => index)
  return [-1, ...places].map((before, count) => {
    const end = places[count] ?? code.length
    const part = (text: string) => text.slice(before + 1, end).trim()
    return { code: part(code), outline: part(outline) }
  })
}

function joined(parts: readonly Code[]): Code {
  return {
    code: parts.map(({ code }) => code).join('='),
    outline: parts.map(({ outline }) => outline).join('='),
  }
}
