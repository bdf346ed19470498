import { type Reason, RunError } from '../errors.ts'
import { floatText, type ParameterMap, type ParameterValue } from '../parameters/parameter.ts'
import { closestString } from '../util/closest_string.ts'
import type { Destination } from './destination.ts'

/** The value of each placeholder, safe as a part of a file name; null for one that holds a secret. */
export type PlaceholderValues = ReadonlyMap<string, string | null>

export interface PlaceholderInput {
  /** The name of the notebook, without its ending. */
  readonly name: string
  readonly runId: string
  readonly startedAt: Date
  readonly parameters: ParameterMap
  /** Whether a text holds a secret: file names are not masked. */
  readonly holdsSecret: (text: string) => boolean
}

const placeholder = /\{([^{}]*)\}/g
const maxPart = /^.{1,80}/su

/** The values of {name}, {run_id}, {date}, {time} (UTC) and of the parameters, which take precedence. */
export function placeholderValues(input: PlaceholderInput): PlaceholderValues {
  const [date = '', time = ''] = input.startedAt.toISOString().split(/[T.]/)
  const values = new Map<string, string | null>([
    ['name', input.name],
    ['run_id', input.runId],
    ['date', date],
    ['time', time.replaceAll(':', '')],
  ])
  for (const [name, value] of input.parameters) {
    const text = scalarText(value)
    if (text !== null) values.set(name, input.holdsSecret(text) ? null : text)
  }
  return new Map([...values].map(([name, text]) => [name, text === null ? null : safePart(text)]))
}

/** Replaces the placeholders of a destination; throws ARGUMENTS_INVALID for one without a value. */
export function fillIn(destination: Destination, values: PlaceholderValues): Destination {
  const { path, address } = destination
  const filled = path.replaceAll(placeholder, (found: string, name: string) => {
    const value = values.get(name)
    if (typeof value === 'string') return value
    const { what, advice } = value === null ? holdsSecret : unknown(name, values)
    const cannot = `Cannot fill in ${JSON.stringify(found)} in the output "${address}"`
    throw new RunError('ARGUMENTS_INVALID', `${cannot}: ${what}`, { advice })
  })
  return destination.at(filled)
}

const holdsSecret = { what: 'its value holds a secret', advice: 'leave it out' }

function unknown(name: string, values: PlaceholderValues): Required<Reason> {
  const known = [...values.keys()]
  const close = closestString(name, known)
  const advice =
    close === null ? `there is ${known.map(braced).join(', ')}` : `did you mean "{${close}}"?`
  return { what: 'it is neither a parameter with one value nor known otherwise', advice }
}

/** As Python prints it; null for a list or a map. */
function scalarText(value: ParameterValue): string | null {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number') return floatText(value)
  return typeof value === 'object' ? null : String(value)
}

/** Text that cannot lead to another folder, hide the file or make its name too long. */
function safePart(text: string): string {
  const safe = text.replaceAll(/[/\\\p{C}]|\.{2,}|^\./gu, '-')
  return maxPart.exec(safe)?.[0] ?? '-'
}

function braced(name: string): string {
  return `"{${name}}"`
}
