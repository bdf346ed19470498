import { type ErrorFactory, RunError } from '../errors.ts'
import type { ParameterMap } from '../parameters/parameter.ts'
import { holdsSecret, type Masks } from '../redaction/redactor.ts'
import { firstBytes } from '../util/text.ts'
import { type Destination, invalidOutput } from './destination.ts'
import { DateTime } from './format/date_time.ts'
import { FormatError } from './format/format_error.ts'
import { type FieldValues, formatField } from './format/format_field.ts'
import { type Field, parseTemplate } from './format/template.ts'
import type { FormatValue } from './format/value.ts'

/** What the placeholders of destinations stand for. */
export type PlaceholderValues = FieldValues

export interface PlaceholderInput {
  /** The name of the notebook, without its ending. */
  readonly name: string
  readonly runId: string
  readonly startedAt: Date
  readonly parameters: ParameterMap
  /** Knows the secrets: file names are not masked. */
  readonly redactor: Pick<Masks, 'text'>
}

/**
 * The values of {name}, {run_id}, {date}, {time} (UTC), of papermill's {pm[...]}, and of the
 * parameters, which take precedence.
 */
export function placeholderValues(input: PlaceholderInput): PlaceholderValues {
  const { name, runId, startedAt, parameters, redactor } = input
  const [date = '', time = ''] = startedAt.toISOString().split(/[T.]/)
  const own: readonly (readonly [string, FormatValue])[] = [
    ['name', name],
    ['run_id', runId],
    ['date', new DateTime(startedAt, date)],
    ['time', time.replaceAll(':', '')],
    ['pm', papermillValues(runId, startedAt)],
  ]
  const check = (text: string) => {
    if (holdsSecret(text, redactor))
      throw new FormatError('its value holds a secret', 'leave it out')
  }
  return { values: new Map([...own, ...parameters]), check }
}

/** What papermill calls its built-in parameters (`add_builtin_parameters()`). */
function papermillValues(runId: string, startedAt: Date): ReadonlyMap<string, DateTime | string> {
  const local = new Date(startedAt.getTime() - startedAt.getTimezoneOffset() * 60_000)
  return new Map<string, DateTime | string>([
    ['run_uuid', runId],
    ['current_datetime_local', dateAndTime(local)],
    ['current_datetime_utc', dateAndTime(startedAt)],
  ])
}

/** As Python prints a `datetime`. */
function dateAndTime(date: Date): DateTime {
  const micro = date.getUTCMilliseconds() === 0 ? '' : '.%f'
  return new DateTime(date, new DateTime(date, '').format(`%Y-%m-%d %H:%M:%S${micro}`))
}

/**
 * Replaces the placeholders of a destination, as Python's `str.format()` does, but so that a value
 * stays part of a file name; throws ARGUMENTS_INVALID.
 */
export function fillIn(destination: Destination, given: PlaceholderValues): Destination {
  const { path, address } = destination
  const refuse: ErrorFactory = (reason, options) => invalidOutput(address, reason, options)
  checkTemplate(path, refuse)
  const pieces = orRefuse(() => parseTemplate(path), refuse)
  const filled = pieces.map((piece) => {
    if (typeof piece === 'string') return piece
    return orRefuse(() => safePart(formatField(piece, given)), cannotFill(piece, destination))
  })
  if (pieces.some((piece) => typeof piece !== 'string')) checkNames(filled, refuse)
  return destination.at(filled.join(''))
}

/** Of 255 bytes, which most file systems allow; what writes a file adds an ending until it is whole. */
const maxNameBytes = 240

function checkNames(filled: readonly string[], refuse: ErrorFactory): void {
  const names = filled.join('').split('/')
  if (!names.some((name) => Buffer.byteLength(name) > maxNameBytes)) return
  const reason = `a name in it would have more than ${maxNameBytes} bytes`
  throw refuse(reason, { advice: 'use fewer placeholders in it' })
}

/** Longer paths, and those with more braces, are no names of a file, and would take long to fill in. */
const maxTemplate = 4_096
const maxBraces = 200

function checkTemplate(path: string, refuse: ErrorFactory): void {
  if (path.length > maxTemplate) throw refuse('it is longer than any name of a file')
  if (path.split('{').length - 1 > maxBraces) throw refuse('it has too many placeholders')
}

function cannotFill({ text }: Field, { address }: Destination): ErrorFactory {
  const cannot = `Cannot fill in ${JSON.stringify(text)} in the output "${address}"`
  return (reason, options) => new RunError('ARGUMENTS_INVALID', `${cannot}: ${reason}`, options)
}

function orRefuse<Result>(work: () => Result, refuse: ErrorFactory): Result {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    throw refuse(error.message, { advice: error.advice })
  }
}

/** Text that cannot lead to another folder, hide the file or make its name too long. */
function safePart(text: string): string {
  const safe = text.slice(0, maxTemplate).replaceAll(/[/\\\p{C}]|\.{2,}|^\./gu, '-')
  return safe === '' ? '-' : firstBytes(safe, maxPartBytes)
}

/** Of a part that takes the place of a placeholder. */
const maxPartBytes = 80
