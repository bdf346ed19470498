import type { NotebookParameter } from './notebook_parameter.ts'

const declaration = new RegExp(
  '^(?:(?:val|var|let|const|mutable|export|declare(?: -\\w+)*|int|long|double|float|bool|string)\\s+' +
    '|\\[[\\w.]+\\]\\s*(?=\\$))*',
)
const target =
  /^\$?([\p{L}_.][\p{L}\p{Nd}_.$]*)\s*(?::{1,2}\s*([^=]+?))?\s*(?:=(?![=>])|<-)\s*(.*)$/u
const comment = /(?:^|\s+)(?:#|\/\/|%)\s?(.*)$/

/** The assignments that stand on a line of their own, in the notation of most languages. */
export function inspectLines(source: string): readonly NotebookParameter[] {
  return source.split(/\r?\n/).flatMap((line) => {
    const [, name, type, rest = ''] = target.exec(line.replace(declaration, '')) ?? []
    if (name === undefined) return []
    const [whole = '', help = ''] = comment.exec(rest) ?? []
    const value = rest.slice(0, rest.length - whole.length).trim()
    return [{ name, type: type ?? null, default: value.replace(/;$/, ''), help: help.trim() }]
  })
}
