import { type ErrorCodeEntry, errorCodes } from '../errors.ts'
import {
  isRepeatable,
  type Option,
  type OptionName,
  allOptions,
  positionals,
  type Row,
  variables,
} from './options.ts'

const width = 96
const table: readonly (readonly [string, ErrorCodeEntry])[] = Object.entries(errorCodes)

/** What the command prints without arguments. */
export function usageText(): string {
  const { host, notebook } = positionals
  return [
    `Usage: nbtrigger [${host.argument}] ${notebook.argument} [options]  runs a notebook`,
    `       nbtrigger doctor [${host.argument}]  checks a Jupyter Server`,
    '       nbtrigger --help  prints all options and variables',
    '',
    'On the machine of a running Jupyter Server: nbtrigger ./NOTEBOOK.ipynb',
  ].join('\n')
}

/** What `nbtrigger --help` prints. */
export function helpText(): string {
  const { host, notebook } = positionals
  return [
    'Runs a Jupyter notebook on a Jupyter Server and prints its result',
    `Usage: nbtrigger [${host.argument}] ${notebook.argument} [options]\n` +
      `       nbtrigger doctor [${host.argument}] [${notebook.argument}] [options]\n` +
      '       nbtrigger --resume RUN_ID | cancel RUN_ID\n' +
      '       nbtrigger completion bash|zsh|fish',
    section('Arguments', rowsOf(Object.values(positionals).map((row) => [row.argument, row]))),
    section('Options', rowsOf(allOptions.map((row) => [flagOf(row), row]))),
    section('Environment', rowsOf(Object.entries(variables))),
    section('Exit status', [['0', 'the notebook ran to its end'], ...exitStatuses()]),
    'Example:\n  JUPYTER_TOKEN=... nbtrigger localhost:8888 /reports/daily.ipynb --timeout 600',
  ].join('\n\n')
}

/** The table of arguments in docs/command_line.md. */
export function optionsTable(): string {
  const rows: readonly Entry[] = [
    ...Object.values(positionals).map((row) => [row.argument, row] as const),
    ...allOptions.map((row) => [flagOf(row), row] as const),
  ]
  return markdownTable([
    ['flag', 'environment', 'default', 'meaning'],
    ...rows.map(([term, row]) => [
      code(term),
      code(row.variable),
      row.default ?? '',
      withNotes(row.meaning, [
        isCommandOnly(row) && 'command only',
        isMessageOnly(row) && 'messages only',
        isNotHttp(row) && 'command and messages only',
        isRepeated(row) && 'repeatable',
      ]),
    ]),
  ])
}

/** The table in docs/command_line.md of what only the environment can set. */
export function environmentTable(): string {
  return markdownTable([
    ['variable', 'default', 'meaning'],
    ...Object.entries(variables).map(([name, row]) => [code(name), row.default ?? '', row.meaning]),
  ])
}

/** The table of errors in docs/report.md. */
export function errorsTable(): string {
  return markdownTable([
    ['code', 'meaning', 'redelivered', 'exit status', 'HTTP status'],
    ...table.map(([name, { meaning, redelivered, exitStatus, httpStatus, httpOnly }]) => [
      code(name),
      meaning,
      httpOnly ? '' : redelivered ? 'yes' : 'no',
      httpOnly ? '' : String(exitStatus),
      String(httpStatus),
    ]),
  ])
}

/** Some of the options, for a help of its own. */
export function optionLines(names: readonly OptionName[]): Line[] {
  return rowsOf(
    allOptions.filter(({ name }) => names.includes(name)).map((row) => [flagOf(row), row]),
  )
}

type Entry = readonly [term: string, row: Row | Option]
type Line = readonly [term: string, meaning: string]

function flagOf({ name, alias, argument }: Option): string {
  const flag = alias === undefined ? `--${name}` : `-${alias}, --${name}`
  return argument === undefined ? flag : `${flag} ${argument}`
}

function rowsOf(rows: readonly Entry[]): Line[] {
  return rows.map(([term, row]) => {
    const notes = [
      defaultOf(row),
      row.variable,
      isMessageOnly(row) && 'messages only',
      isRepeated(row) && 'repeatable',
    ]
    return [term, withNotes(row.meaning.replaceAll('`', ''), notes)]
  })
}

function withNotes(meaning: string, notes: readonly (string | undefined | false)[]): string {
  const shown = notes.filter((note) => note)
  return shown.length === 0 ? meaning : `${meaning} (${shown.join('; ')})`
}

function defaultOf(row: Row): string | undefined {
  if (row.default === undefined || row.default === 'off') return undefined
  return row.default === 'required' ? row.default : `default: ${row.default}`
}

function isCommandOnly(row: Row | Option): boolean {
  return 'commandOnly' in row && row.commandOnly
}

function isMessageOnly(row: Row | Option): boolean {
  return 'messageOnly' in row && row.messageOnly
}

function isNotHttp(row: Row | Option): boolean {
  return 'notHttp' in row && row.notHttp
}

function isRepeated(row: Row | Option): boolean {
  return 'type' in row && isRepeatable(row)
}

function exitStatuses(): Line[] {
  const statuses = new Map<number, string[]>()
  for (const [name, { exitStatus, httpOnly }] of table) {
    if (httpOnly) continue
    statuses.set(exitStatus, [...(statuses.get(exitStatus) ?? []), name])
  }
  const lines = [...statuses].toSorted(([a], [b]) => a - b)
  return lines.map(([status, codes]) => [String(status), codes.join(', ')])
}

export function section(title: string, lines: readonly Line[]): string {
  const indent = Math.max(...lines.map(([term]) => term.length)) + 4
  const printed = lines.map(
    ([term, meaning]) => `  ${term}`.padEnd(indent) + wrapped(meaning, indent),
  )
  return [`${title}:`, ...printed].join('\n')
}

function wrapped(text: string, indent: number): string {
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    if (line === '') lines[lines.length - 1] = word
    else if (indent + line.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = `${line} ${word}`
  }
  return lines.join(`\n${' '.repeat(indent)}`)
}

function code(text: string | undefined): string {
  return text === undefined ? '' : `\`${text}\``
}

/** A Markdown table with its columns aligned; the first row is the heading. */
function markdownTable(rows: readonly (readonly string[])[]): string {
  const [heading = [], ...body] = rows
  const widths = heading.map((_, column) => Math.max(3, ...rows.map((row) => widthOf(row, column))))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = widths.map((columnWidth) => '-'.repeat(columnWidth))
  return [heading, rule, ...body].map(line).join('\n')
}

function widthOf(row: readonly string[], column: number): number {
  return row[column]?.length ?? 0
}
