import { isKnownType, tagsIn } from '../jupyter/nbformat.ts'
import { isRecord } from '../util/record.ts'
import { isValidData } from './output.ts'

type Fields = Readonly<Record<string, unknown>>
/** Returns the valid value; undefined removes it. */
type Rule = (value: unknown) => unknown
type Rules = Readonly<Record<string, Rule>>

/**
 * The notebook made valid by the schema of nbformat 4: a cell without a valid, unique id gets one,
 * and values that cannot be repaired are removed. Outputs must already be valid. Cells of types that
 * nbformat 4 does not define are left unchanged.
 */
export function validNotebook(content: Fields): Fields {
  const { nbformat_minor: minor, cells } = content
  const isMinor = typeof minor === 'number' && Number.isSafeInteger(minor) && minor >= 0
  const list: readonly unknown[] = Array.isArray(cells) ? cells : []
  const ids = isMinor && minor < 5 ? null : idsOf(list)
  return {
    ...only(content, ['cells', 'metadata', 'nbformat', 'nbformat_minor']),
    cells: list.filter(isRecord).map((cell, place) => validCell(cell, ids?.[place])),
    metadata: mended(content['metadata'], notebookMetadata),
    nbformat: 4,
    nbformat_minor: isMinor ? minor : 5,
  }
}

function isMendable(cell: unknown): boolean {
  return isRecord(cell) && isKnownType(cell['cell_type'])
}

function validCell(cell: Fields, id: string | undefined): Fields {
  if (!isMendable(cell)) return cell
  const type = String(cell['cell_type'])
  const own = type === 'code' ? ['outputs', 'execution_count'] : ['attachments']
  const rest = only(cell, ['cell_type', 'metadata', 'source', ...own])
  const { attachments } = rest
  return {
    ...rest,
    ...(id === undefined ? {} : { id }),
    metadata: mended(cell['metadata'], { ...cellMetadata, ...metadataByType[type] }),
    ...(attachments === undefined ? {} : { attachments: validAttachments(attachments) }),
  }
}

const goodId = /^[a-zA-Z0-9_-]{1,64}$/

/** One id for each cell: its own if that is valid and no earlier cell has it, else a new one. */
function idsOf(cells: readonly unknown[]): readonly string[] {
  const own = cells.map((cell) => (isRecord(cell) ? cell['id'] : undefined))
  const known = new Set(own)
  const taken = new Set(own.filter((_, index) => !isMendable(cells[index])))
  return own.map((id, index) => {
    const isGood = typeof id === 'string' && goodId.test(id) && !taken.has(id)
    const chosen = isGood ? id : freeId(`cell-${index}`, known)
    known.add(chosen)
    taken.add(chosen)
    return chosen
  })
}

function freeId(id: string, known: ReadonlySet<unknown>): string {
  return known.has(id) ? freeId(`${id}-`, known) : id
}

const isText = (value: unknown) => typeof value === 'string'
const isFlag = (value: unknown) => typeof value === 'boolean'

const notebookMetadata: Rules = {
  kernelspec: (spec) => {
    if (!isRecord(spec) || !isText(spec['name'])) return undefined
    const { name, display_name: shown } = spec
    return isText(shown) ? spec : { ...spec, display_name: name }
  },
  language_info: (info) => {
    if (!isRecord(info) || !isText(info['name'])) return undefined
    return mended(info, {
      codemirror_mode: when((mode) => isText(mode) || isRecord(mode)),
      file_extension: when(isText),
      mimetype: when(isText),
      pygments_lexer: when(isText),
    })
  },
  orig_nbformat: when((major) => Number.isInteger(major) && Number(major) >= 1),
  title: when(isText),
  authors: when(Array.isArray),
}

const cellMetadata: Rules = {
  name: when((name) => typeof name === 'string' && /^.+$/.test(name)),
  tags: (tags) => {
    const good = tagsIn(tags).filter((tag) => typeof tag === 'string' && /^[^,]+$/.test(tag))
    return [...new Set(good)]
  },
  jupyter: (jupyter) => {
    const flags = { source_hidden: when(isFlag), outputs_hidden: when(isFlag) }
    return isRecord(jupyter) ? mended(jupyter, flags) : undefined
  },
}

const metadataByType: Readonly<Record<string, Rules>> = {
  code: {
    collapsed: when(isFlag),
    scrolled: when((scrolled) => isFlag(scrolled) || scrolled === 'auto'),
    execution: (steps) => {
      if (!isRecord(steps)) return undefined
      return Object.fromEntries(Object.entries(steps).filter(([, time]) => isText(time)))
    },
  },
  raw: { format: when(isText) },
}

function validAttachments(attachments: unknown): Fields {
  const all = isRecord(attachments) ? Object.entries(attachments) : []
  const bundles = all.map(([name, bundle]) => {
    const data = isRecord(bundle) ? Object.entries(bundle).filter(isValidData) : []
    return [name, Object.fromEntries(data)] as const
  })
  return Object.fromEntries(bundles)
}

function when(isGood: (value: unknown) => boolean): Rule {
  return (value) => (isGood(value) ? value : undefined)
}

function mended(metadata: unknown, rules: Rules): Fields {
  const all = isRecord(metadata) ? Object.entries(metadata) : []
  const good = all.map(([name, value]) => {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    return [name, rule === undefined ? value : rule(value)] as const
  })
  return Object.fromEntries(good.filter(([, value]) => value !== undefined))
}

function only(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)))
}
