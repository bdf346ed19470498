import { type Notebook, taggedCell } from '../jupyter/nbformat.ts'
import { inspectPython } from './inspect_python.ts'
import {
  type AssignmentRules,
  commonRules,
  lexicalRules,
  type LexicalRules,
} from './lexical_rules.ts'
import type { NotebookParameter } from './parameter.ts'
import { bindingsOf, type Code, type Statement, statementsOf } from './statements.ts'
import { python } from './translators/python.ts'
import type { Translator } from './translators/translator.ts'

/**
 * The parameters that the `parameters` cell declares, each name once, by its first assignment; null
 * when the notebook has no such cell.
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

/**
 * The parameters of a cell in a language other than Python: the assignments at the beginning of lines
 * without indentation, in the notation of most languages. Names in brackets and strings do not count.
 * Without rules of the language, those that most languages share apply.
 */
export function inspectLines(
  source: string,
  rules: LexicalRules = commonRules,
): readonly NotebookParameter[] {
  return statementsOf(source, rules)
    .filter(({ indent }) => indent === 0)
    .flatMap((statement) => parametersOfLine(statement, rules.assignments ?? {}))
}

const modifier =
  /^(?:(?:val|var|let|const|mutable|export|readonly|declare(?: -\w+)*|int|long|double|float|bool|string)\s+|\[[\w.]+\]\s*(?=\$))/
/** The operator of most languages; "==", "<=" and "=>" are others. */
const assignmentOperator = /(?<![=!<>])=(?![=>~])|(?<!<)<-/g
const lineIdentifier = /^(?:\$?[\p{L}_.][\p{L}\p{Nd}_.$]*|`[^`]+`)$/u
const typed = /^(\$?[\p{L}_.][\p{L}\p{Nd}_.$]*|`[^`]+`)(?:\s*::?\s*([^\s:].*))?$/su

interface Assigned {
  readonly name: string
  readonly type: string | null
  readonly value: string
}

function parametersOfLine(
  { code, outline, comment: help }: Statement,
  rules: AssignmentRules,
): readonly NotebookParameter[] {
  const start = modifiersLength(code)
  const rest = trimmedSlice({ code, outline }, start)
  const found = piecesOf(rest, rules).map((piece) => assignedIn(piece, rules))
  // A shell sets what is before a command for that command only.
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
  if (first === undefined || others.length === 0) return assignedRightwards(code, rules)
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

/** `5 -> x`, in languages that have it. */
function assignedRightwards(code: Code, { rightwards }: AssignmentRules): readonly Assigned[] {
  const signs = rightwards === undefined ? [] : [...code.outline.matchAll(rightwards)]
  const [value, ...targets] = splitAt(code, signs)
  return value === undefined || targets.length === 0 ? [] : untyped(targets, value)
}

function untyped(targets: readonly Code[], value: Code): readonly Assigned[] {
  return bindingsOf({ targets, value }, lineIdentifier).map((each) => ({ ...each, type: null }))
}

/** The parts before, between and after these matches in the outline. */
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
