import { bindingsOf, type Code } from './assignment_target.ts'
import { commonRules, type AssignmentRules, type LexicalRules } from './lexical_rules.ts'
import type { NotebookParameter } from './notebook_parameter.ts'
import { statementsOf, type Statement } from './statements.ts'

const modifier =
  /^(?:(?:val|var|let|const|mutable|export|readonly|declare(?: -\w+)*|int|long|double|float|bool|string)\s+|\[[\w.]+\]\s*(?=\$))/
/** Of most languages; "==", "<=" and "=>" are other ones. */
const assignmentOperator = /(?<![=!<>])=(?![=>~])|(?<!<)<-/g
const identifier = /^(?:\$?[\p{L}_.][\p{L}\p{Nd}_.$]*|`[^`]+`)$/u
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
    .flatMap((statement) => parametersOf(statement, rules.assignments ?? {}))
}

function parametersOf(
  { code, outline, comment: help }: Statement,
  rules: AssignmentRules,
): readonly NotebookParameter[] {
  const start = modifiersLength(code)
  const rest = part({ code, outline }, start)
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
    return !isChained || place === others.length - 1 || !identifier.test(each.code)
  })
  const value = part(code, endOf(signs[count]))
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
  return bindingsOf({ targets, value }, identifier).map((each) => ({ ...each, type: null }))
}

/** What stands before, between and behind these places of the outline. */
function splitAt(code: Code, places: readonly RegExpExecArray[]): readonly Code[] {
  const starts = [0, ...places.map(endOf)]
  return starts.map((start, count) => part(code, start, places[count]?.index))
}

function endOf(place: RegExpExecArray | undefined): number {
  return place === undefined ? 0 : place.index + place[0].length
}

function part({ code, outline }: Code, start: number, end?: number): Code {
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
