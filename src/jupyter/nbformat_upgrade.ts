import { randomUUID } from 'node:crypto'
import type { ErrorFactory } from '../errors.ts'
import { tryParseJson } from '../util/json.ts'
import { isRecord } from '../util/record.ts'
import { listOf, recordOf, shownText } from './read_field.ts'

type Fields = Readonly<Record<string, unknown>>

/** The minor version of nbformat 4 in which cells got ids. */
const minorWithIds = 5

/**
 * The content of a notebook's file as nbformat 4, upgraded as the Python package nbformat does it: 3 to
 * 4.5, and 4.0 to 4.4 to 4.5, with new ids for the cells. Later minor versions stay what they are.
 * Throws what `refuse` makes of the reason for any other version.
 */
export function upgradedNotebook(file: Fields, refuse: ErrorFactory): Fields {
  const { nbformat: major, nbformat_minor: minor } = file
  if (major === 3) return fromVersion3(file)
  if (major === 4) return typeof minor === 'number' && minor >= minorWithIds ? file : withIds(file)
  if (major === undefined) throw refuse('it has no field "nbformat"')
  const isOlder = typeof major === 'number' && major < 3
  throw refuse(`it has nbformat ${shownText(major)}, and 3 and 4 are read`, {
    ...(isOlder && { advice: 'open it in Jupyter and save it, which upgrades it' }),
  })
}

function withIds(file: Fields): Fields {
  const cells = listOf(file['cells'])
  const upgraded = cells.map((cell) => (isRecord(cell) ? { ...cell, id: newId() } : cell))
  return { ...file, nbformat_minor: minorWithIds, cells: upgraded }
}

function newId(): string {
  return randomUUID().slice(0, 8)
}

function fromVersion3({ metadata, worksheets }: Fields): Fields {
  const { name: _name, signature: _signature, ...kept } = recordOf(metadata)
  const cells = listOf(worksheets).flatMap((sheet) => listOf(recordOf(sheet)['cells']))
  return {
    metadata: kept,
    nbformat: 4,
    nbformat_minor: minorWithIds,
    cells: cells.map((cell) => (isRecord(cell) ? { ...upgradedCell(cell), id: newId() } : cell)),
  }
}

function upgradedCell(cell: Fields): Fields {
  const metadata = recordOf(cell['metadata'])
  const source = joinedLines(cell['source'] ?? '')
  switch (cell['cell_type']) {
    case 'code':
      return upgradedCode(cell)
    case 'heading':
      return { cell_type: 'markdown', metadata, source: heading(cell['level'], source) }
    case 'html':
      return { cell_type: 'markdown', metadata, source }
    default:
      return { cell_type: cell['cell_type'], metadata, source }
  }
}

function upgradedCode({ metadata, collapsed, input, prompt_number, outputs }: Fields): Fields {
  return {
    cell_type: 'code',
    metadata: { ...recordOf(metadata), ...(collapsed !== undefined && { collapsed }) },
    source: joinedLines(input ?? ''),
    execution_count: prompt_number ?? null,
    outputs: listOf(outputs).map((output) => (isRecord(output) ? upgradedOutput(output) : output)),
  }
}

function heading(level: unknown, source: unknown): unknown {
  if (typeof source !== 'string') return source
  const depth = typeof level === 'number' && level >= 1 ? Math.min(level, 6) : 1
  const line = source.replace(/[\n\r]+$/, '').replaceAll(/\r\n?|\n/g, ' ')
  return `${'#'.repeat(depth)} ${line}`
}

function upgradedOutput(output: Fields): Fields {
  const { output_type: type, prompt_number, metadata, stream, text, ...rest } = output
  switch (type) {
    case 'pyout': {
      const count = { execution_count: prompt_number ?? null }
      return { output_type: 'execute_result', ...bundleOf({ metadata, text, ...rest }), ...count }
    }
    case 'display_data':
      return { output_type: type, ...bundleOf({ metadata, text, ...rest }) }
    case 'pyerr':
      return { output_type: 'error', ...rest }
    case 'stream':
      return { output_type: type, name: stream ?? 'stdout', text: joinedLines(text ?? '') }
    default:
      return output
  }
}

const mediaTypes: Readonly<Record<string, string>> = {
  text: 'text/plain',
  html: 'text/html',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpeg: 'image/jpeg',
  latex: 'text/latex',
  json: 'application/json',
  javascript: 'application/javascript',
}

/** The values that version 3 has beside the fields of an output, as one bundle by media type. */
function bundleOf({ metadata, ...values }: Fields): Fields {
  const data = Object.entries(values).filter(([, value]) => value !== undefined)
  return {
    data: Object.fromEntries(data.map(([name, value]) => [typeOf(name), dataOf(name, value)])),
    metadata: Object.fromEntries(
      Object.entries(recordOf(metadata)).map(([name, value]) => [typeOf(name), value]),
    ),
  }
}

function typeOf(name: string): string {
  return Object.hasOwn(mediaTypes, name) ? (mediaTypes[name] ?? name) : name
}

function dataOf(name: string, value: unknown): unknown {
  const whole = joinedLines(value)
  return name === 'json' && typeof whole === 'string' ? (tryParseJson(whole) ?? whole) : whole
}

/**
 * One text of a text or a list of lines, anything else as it is. Early files of version 3 have lines
 * without their ends.
 */
function joinedLines(value: unknown): unknown {
  if (!Array.isArray(value) || !value.every((line) => typeof line === 'string')) return value
  const [first = ''] = value
  return value.join(/[\n\r]$/.test(first) ? '' : '\n')
}
