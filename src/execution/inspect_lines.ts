import { bindingsOf } from './assignment_target.ts'
import { commonRules, type LexicalRules } from './lexical_rules.ts'
import type { NotebookParameter } from './notebook_parameter.ts'
import { statementsOf, type Statement } from './statements.ts'

const modifier =
  /^(?:(?:val|var|let|const|mutable|export|declare(?: -\w+)*|int|long|double|float|bool|string)\s+|\[[\w.]+\]\s*(?=\$))/
/** Of most languages; "==", "<=" and "=>" are other ones. */
const assignmentOperator = /(?<![=!<>])=(?![=>~])|(?<!<)<-/
const identifier = /^\$?[\p{L}_.][\p{L}\p{Nd}_.$]*$/u
const typed = /^(\$?[\p{L}_.][\p{L}\p{Nd}_.$]*)(?:\s*::?\s*([^\s:].*))?$/su

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
    .flatMap(parametersOf)
}

function parametersOf({ code, outline, comment: help }: Statement): readonly NotebookParameter[] {
  const start = modifiersLength(code)
  const operator = assignmentOperator.exec(outline.slice(start))
  if (operator === null) return []
  const place = start + operator.index
  const end = place + operator[0].length
  const target = {
    code: code.slice(start, place).trim(),
    outline: outline.slice(start, place).trim(),
  }
  const value = { code: code.slice(end).trim(), outline: outline.slice(end).trim() }
  const [, name, type = null] = typed.exec(target.code) ?? []
  const bindings =
    name === undefined
      ? bindingsOf({ targets: [target], value }, identifier)
      : [{ name, value: value.code }]
  return bindings.map((each) => ({
    name: each.name.replace(/^\$/, ''),
    type,
    default: each.value,
    help,
  }))
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
