import { type Notebook, taggedCell } from '../jupyter/nbformat.ts'
import type { NotebookParameter } from './parameter.ts'
import {
  type Binding,
  bindingsOf,
  type Code,
  isTarget,
  type Statement,
  statementsOf,
} from './statements.ts'
import {
  type AssignmentRules,
  commonRules,
  lexicalRules,
  type LexicalRules,
  pythonRules,
} from './tokens.ts'
import { python } from './translators/python.ts'
import type { Translator } from './translators/translator.ts'

/**
 * What the `parameters` cell defines, each name once, as it is set first; null when the notebook has
 * no such cell.
 */
export function inspectParameters(
  notebook: Notebook,
  translator: Translator | null,
): readonly NotebookParameter[] | null {
  const cell = taggedCell(notebook, 'parameters')
  if (cell === null) return null
  const found =
    translator === python ? inspectPython(cell.source) : inspectLinesOf(cell.source, translator)
  const firsts = new Map(found.toReversed().map((parameter) => [parameter.name, parameter]))
  return [...new Set(found.map(({ name }) => name))].flatMap((name) => firsts.get(name) ?? [])
}

function inspectLinesOf(source: string, translator: Translator | null) {
  return inspectLines(source, lexicalRules.get(translator?.language ?? ''))
}

const modifier =
  /^(?:(?:val|var|let|const|mutable|export|readonly|declare(?: -\w+)*|int|long|double|float|bool|string)\s+|\[[\w.]+\]\s*(?=\$))/
/** Of most languages; "==", "<=" and "=>" are other ones. */
const assignmentOperator = /(?<![=!<>])=(?![=>~])|(?<!<)<-/g
const lineIdentifier = /^(?:\$?[\p{L}_.][\p{L}\p{Nd}_.$]*|`[^`]+`)$/u
const typed = /^(\$?[\p{L}_.][\p{L}\p{Nd}_.$]*|`[^`]+`)(?:\s*::?\s*([^\s:].*))?$/su

interface Assigned {
  readonly name: string
  readonly type: string | null
  readonly value: string
}

/**
 * The assignments that begin a line without indentation, in the notation of most languages: what
 * stands in brackets and strings sets no names. Without rules, those that most languages share.
 */
export function inspectLines(
  source: string,
  rules: LexicalRules = commonRules,
): readonly NotebookParameter[] {
  return statementsOf(source, rules)
    .filter(({ indent }) => indent === 0)
    .flatMap((statement) => parametersOfLine(statement, rules.assignments ?? {}))
}

function parametersOfLine(
  { code, outline, comment: help }: Statement,
  rules: AssignmentRules,
): readonly NotebookParameter[] {
  const start = modifiersLength(code)
  const rest = trimmedSlice({ code, outline }, start)
  const found = piecesOf(rest, rules).map((piece) => assignedIn(piece, rules))
  // What stands before a command of a shell is set for the command alone.
  const isCommand =
    start === 0 && rules.between === 'space' && found.some(({ length }) => length === 0)
  return (isCommand ? [] : found.flat()).map(({ name, type, value }) => {
    return { name: name.replaceAll(/^\$|`/g, ''), type, default: value, help }
  })
}

/** A comma, where a name and its value follow. */
const nextDeclarator = /,(?=\s*[\p{L}_$][\p{L}\p{Nd}_$]*\s*(?::[^=,]*)?=(?![=>]))/gu

/** The parts of a statement that may each be an assignment of its own. */
function piecesOf(code: Code, { between }: AssignmentRules): readonly Code[] {
  if (between === undefined) return [code]
  return splitAt(code, [...code.outline.matchAll(between === 'comma' ? nextDeclarator : /\s+/g)])
}

function assignedIn(code: Code, rules: AssignmentRules): readonly Assigned[] {
  const signs = [...code.outline.matchAll(rules.operator ?? assignmentOperator)]
  const [first, ...others] = splitAt(code, signs)
  if (first === undefined || others.length === 0) return assignedBehind(code, rules)
  const [, name, type = null] = typed.exec(first.code) ?? []
  const isChained = rules.chained === true && name !== undefined
  const count = others.findIndex((each, place) => {
    return !isChained || place === others.length - 1 || !lineIdentifier.test(each.code)
  })
  const value = trimmedSlice(code, endOf(signs[count]))
  if (name !== undefined && count === 0) return [{ name, type, value: value.code }]
  const start: Code = name === undefined ? first : { code: name, outline: name }
  return untyped([start, ...others.slice(0, count)], value)
}

/** `5 -> x`, where the language has it. */
function assignedBehind(code: Code, { rightwards }: AssignmentRules): readonly Assigned[] {
  const signs = rightwards === undefined ? [] : [...code.outline.matchAll(rightwards)]
  const [value, ...targets] = splitAt(code, signs)
  return value === undefined || targets.length === 0 ? [] : untyped(targets, value)
}

function untyped(targets: readonly Code[], value: Code): readonly Assigned[] {
  return bindingsOf({ targets, value }, lineIdentifier).map((each) => ({ ...each, type: null }))
}

/** What stands before, between and behind these places of the outline. */
function splitAt(code: Code, places: readonly RegExpExecArray[]): readonly Code[] {
  const starts = [0, ...places.map(endOf)]
  return starts.map((start, count) => trimmedSlice(code, start, places[count]?.index))
}

function endOf(place: RegExpExecArray | undefined): number {
  return place === undefined ? 0 : place.index + place[0].length
}

function trimmedSlice({ code, outline }: Code, start: number, end?: number): Code {
  return { code: code.slice(start, end).trim(), outline: outline.slice(start, end).trim() }
}

/** `let mutable a`, `[int]$a`. */
function modifiersLength(code: string): number {
  let start = 0
  let found = modifier.exec(code)
  while (found !== null) {
    start += found[0].length
    found = modifier.exec(code.slice(start))
  }
  return start
}

/**
 * The names that a `parameters` cell sets, by what papermill takes for a parameter: an annotation
 * counts more than a "# type:" comment, and the rest of the comment is its help. Unlike papermill,
 * it reads what Python reads: values over several lines, tuples, `;`, and none of what stands in
 * brackets, strings, functions and classes. Lines for IPython (`%`, `!`) are passed over.
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
