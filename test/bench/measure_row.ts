import type { Place } from './place.ts'
import { profileCommand } from './profile.ts'
import type { Bar, Measure, Row, Sample, Size } from './row.ts'
import { spreadOf } from './statistics.ts'

export type Samples = ReadonlyMap<string, readonly Sample[]>

export interface BarResult {
  readonly bar: Bar
  /** The ratio, or the measure itself where nothing stands beside it. */
  readonly figure: number
  readonly isMet: boolean
}

export interface Measured {
  readonly row: Row
  readonly rounds: number
  readonly samples: Samples
  readonly results: readonly BarResult[]
  /** Where the time goes; null where that is not looked at. */
  readonly profile: string | null
}

/**
 * Runs the contenders in turn, round by round, so that what else the machine does slows all of them
 * alike; the first ones warm up and are not counted.
 */
export async function measureRow(
  row: Row,
  place: Place,
  { rounds, warmUps, divisor, tell }: Size & { readonly tell: (line: string) => void },
): Promise<Measured> {
  const contenders = await row.contenders(place, divisor)
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]))
  for (let round = 1 - warmUps; round <= rounds; round++) {
    for (const { name, run } of contenders) {
      const sample = await run()
      if (round > 0) samples.get(name)?.push(sample)
      tell(`${row.name}, ${round <= 0 ? 'warm-up' : `round ${round}`}: ${name} ${shown(sample)}`)
    }
  }
  const results = row.bars.map((bar) => resultOf(bar, samples))
  const args = await row.profiled?.(place, divisor)
  const profile = args === undefined ? null : await profileCommand(place, args)
  return { row, rounds, samples, results, profile }
}

/** A ratio is that of the same round: the next one may find a busier machine. */
function resultOf(bar: Bar, samples: Samples): BarResult {
  const own = figuresOf(samples, bar.of, bar.measure)
  const other = bar.over === null ? null : figuresOf(samples, bar.over, bar.measure)
  const figures = own.map((figure, round) =>
    other === null ? figure : figure / (other[round] ?? NaN),
  )
  const figure = spreadOf(figures).median
  return { bar, figure, isMet: figure <= bar.atMost }
}

export function figuresOf(samples: Samples, name: string, measure: Measure): readonly number[] {
  return (samples.get(name) ?? []).flatMap((sample) => sample[measure] ?? [])
}

function shown({ seconds, cpuSeconds, megabytes }: Sample): string {
  const cpu = cpuSeconds === undefined ? '' : `, ${cpuSeconds.toFixed(2)} s of CPU`
  const memory = megabytes === undefined ? '' : `, ${megabytes.toFixed(0)} MB`
  return `${seconds.toFixed(3)} s${cpu}${memory}`
}
