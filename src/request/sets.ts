import { invalidArguments, messageOf } from '../errors.ts'
import { isList, type ParameterMap, type ParameterValue } from '../parameters/parameter.ts'
import { dayMs } from '../util/duration.ts'
import { quoteForError } from '../util/text.ts'
import type { ReadFile } from './parameters.ts'
import type { RunOptions } from './run_options.ts'
import { readYamlValue } from './yaml.ts'

/** The sets of parameters of a sweep, each of which becomes a run. */
export interface ParameterSets {
  /** At least 1. */
  readonly count: number
  /** Every parameter that some set has. */
  readonly names: readonly string[]
  /** One of them, made when it is asked for; `index` is below `count`. */
  setOf(index: number): ParameterMap
}

/** More would not fit into one report. */
const maxSets = 10_000

type SetOptions = Pick<RunOptions, 'each' | 'eachFile'>

/** Reads `--each` or `--each-file`; null when neither is given. Throws ARGUMENTS_INVALID. */
export function readSets({ each, eachFile }: SetOptions, readFile: ReadFile): ParameterSets | null {
  if (each !== null && eachFile !== null) {
    throw invalidArguments('Cannot use "--each" together with "--each-file"', {
      advice: 'keep one of them',
    })
  }
  const source = each === null ? '--each-file' : '--each'
  try {
    const text = each ?? (eachFile === null ? null : readFile(eachFile))
    return text === null ? null : setsOf(readYamlValue(text))
  } catch (cause) {
    throw invalidArguments(
      `Cannot read the sets of parameters from ${source}: ${messageOf(cause)}`,
      {
        cause,
      },
    )
  }
}

function setsOf(value: ParameterValue): ParameterSets {
  if (value instanceof Map) return product(value)
  if (isList(value)) return listed(value)
  throw new Error('they are neither a map of lists and ranges nor a list of maps')
}

function listed(values: readonly ParameterValue[]): ParameterSets {
  const sets = values.map((value, index) => {
    if (value instanceof Map) return value
    throw new Error(`number ${index + 1} of the list is no map`)
  })
  checkCount(sets.length)
  const names = [...new Set(sets.flatMap((set) => [...set.keys()]))]
  return { count: sets.length, names, setOf: (index) => sets[index] ?? new Map() }
}

/** All combinations, of which the last parameter changes first, as the digits of a number do. */
function product(map: ParameterMap): ParameterSets {
  const axes = Array.from(map, ([name, value]) => ({ name, ...axisOf(name, value) }))
  if (axes.length === 0) throw new Error('there are none')
  const count = axes.reduce((all, axis) => all * axis.count, 1)
  checkCount(count)
  const setOf = (index: number): ParameterMap => {
    let rest = index
    const reversed = axes.toReversed().map(({ name, count: size, valueOf }) => {
      const value = valueOf(rest % size)
      rest = Math.floor(rest / size)
      return [name, value] as const
    })
    return new Map(reversed.toReversed())
  }
  return { count, names: axes.map(({ name }) => name), setOf }
}

function checkCount(count: number): void {
  if (count === 0) throw new Error('there are none')
  if (count > maxSets) throw new Error(`there are ${count}, and the maximum is ${maxSets}`)
}

/** The values of one parameter. */
interface Axis {
  readonly count: number
  readonly valueOf: (index: number) => ParameterValue
}

/** A value that is neither a list nor a range is the same in all sets. */
function axisOf(name: string, value: ParameterValue): Axis {
  if (isList(value)) {
    if (value.length === 0) throw new Error(`the list of ${quoteForError(name)} is empty`)
    return { count: value.length, valueOf: (index) => value[index] ?? null }
  }
  return rangeOf(value) ?? { count: 1, valueOf: () => value }
}

interface RangeKind {
  readonly pattern: RegExp
  /** The number of a value in the order of all, or NaN. */
  readonly place: (text: string) => number
  readonly at: (place: number) => ParameterValue
}

const rangeKinds: readonly RangeKind[] = [
  {
    pattern: /^(-?\d{1,15})\.\.(-?\d{1,15})$/,
    place: Number,
    at: (place) => BigInt(place),
  },
  {
    pattern: /^(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)$/,
    place: (text) => (isoDay(Date.parse(text)) === text ? Date.parse(text) / dayMs : Number.NaN),
    at: (place) => isoDay(place * dayMs),
  },
  {
    pattern: /^(\d{4}-(?:0[1-9]|1[0-2]))\.\.(\d{4}-(?:0[1-9]|1[0-2]))$/,
    place: (text) => Number(text.slice(0, 4)) * 12 + Number(text.slice(5)) - 1,
    at: (place) =>
      `${String(Math.floor(place / 12)).padStart(4, '0')}-${String((place % 12) + 1).padStart(2, '0')}`,
  },
]

function isoDay(time: number): string {
  return Number.isNaN(time) ? '' : new Date(time).toISOString().slice(0, 10)
}

/** "1..12", "2026-01-01..2026-01-31" or "2026-01..2026-12", with both ends; null for anything else. */
function rangeOf(value: ParameterValue): Axis | null {
  if (typeof value !== 'string') return null
  for (const { pattern, place, at } of rangeKinds) {
    const [, first, last] = pattern.exec(value) ?? []
    if (first === undefined || last === undefined) continue
    const start = place(first)
    const count = place(last) - start + 1
    if (count >= 1) return { count, valueOf: (index) => at(start + index) }
    throw new Error(`the range ${quoteForError(value)} has no values`)
  }
  return null
}
