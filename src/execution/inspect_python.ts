import type { NotebookParameter } from './notebook_parameter.ts'

const assignmentPattern = /^([\p{L}_][\p{L}\p{Nd}_]*)\s*(?::\s*([^=]*?)\s*)?=\s*(.*)$/u
const typeComment = /^type:\s*(\S*)\s*(.*)$/

/**
 * Reads a `parameters` cell as papermill does: an annotation counts more than a "# type:" comment,
 * a value may go over several lines, and a line with two "=" is passed over. What it takes for a
 * comment or an assignment inside quotes is neither here.
 */
export function inspectPython(source: string): readonly NotebookParameter[] {
  return definitionsOf(source).flatMap((definition) => {
    const hash = unquoted(definition).indexOf('#')
    const code = hash === -1 ? definition : definition.slice(0, hash)
    const [, name, annotation, value = ''] = assignmentPattern.exec(code.trim()) ?? []
    if (name === undefined) return []
    const note = hash === -1 ? '' : definition.slice(hash + 1).trim()
    const [, commented, help = note] = typeComment.exec(note) ?? []
    const type = annotation?.replace(/^(["'])(.*)\1$/, '$2') || commented || null
    return [{ name, type, default: value.trim(), help: help.trim() }]
  })
}

/** The lines from each "=" to the next one, joined; only the last line keeps its comment. */
function definitionsOf(source: string): readonly string[] {
  const groups: string[][] = [[]]
  for (const line of source.split(/\r?\n/)) {
    const text = line.trim()
    if (text === '' || text.startsWith('#')) continue
    const equals = unquoted(text).split('=').length - 1
    if (equals > 0) groups.push([])
    if (equals < 2) groups.at(-1)?.push(text)
  }
  return groups.map(flatten).filter((definition) => definition !== '')
}

function flatten(lines: readonly string[]): string {
  const before = lines.slice(0, -1).map(withoutComment)
  return [...before, lines.at(-1) ?? ''].join('')
}

function withoutComment(line: string): string {
  const hash = unquoted(line).indexOf('#')
  return (hash === -1 ? line : line.slice(0, hash)).trim()
}

/** As long as it was, with nothing to be read in its texts. */
function unquoted(code: string): string {
  return code.replaceAll(/(["'])(?:\\[^]|(?!\1)[^\\])*(?:\1|\\?$)/g, (text) =>
    '_'.repeat(text.length),
  )
}
