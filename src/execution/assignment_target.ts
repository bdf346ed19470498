import type { Statement } from './statements.ts'

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
 * Names that share a value have the whole of it, shortened, since many times a long value may be
 * far too much. What is no name by the language's `identifier`, such as `x[0]`, is left out.
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

/** Whether this can be a target: names, elements of objects, and lists of them. */
export function isTarget(code: Code): boolean {
  return partsOf(code).every(({ outline }) => targetShape.test(outline))
}

const targetShape = /^\*?\s*[\p{L}\p{Nd}_.$!'"(){}[\]]*$/u

/** What stands between commas that are outside of brackets. */
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

/** A name, or those inside brackets, however deep; none of `f(x)` and `x[i]`. */
function namesIn(part: string, identifier: RegExp): readonly string[] {
  const name = part.replace(/^\*\s*/, '')
  if (identifier.test(name)) return [name]
  if (!/^[([{][\p{L}\p{Nd}_.$,*()[\]{}\s]*$/u.test(part)) return []
  const isElement = /[\p{L}\p{Nd}_)\]]\s*[([]/u.test(part)
  const words = part.split(/[,*()[\]{}\s]+/)
  return isElement ? [] : words.filter((each) => identifier.test(each))
}
