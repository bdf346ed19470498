import type { Place } from './place.ts'

/** What one round of a contender came to. */
export interface Sample {
  readonly seconds: number
  /** Of the client's process or processes, without the kernels'. */
  readonly cpuSeconds?: number
  /** The most memory that the client had. */
  readonly megabytes?: number
  /** What else is to be said of it. */
  readonly remark?: string
}

export type Measure = Exclude<keyof Sample, 'remark'>

export interface Contender {
  readonly name: string
  /** Does the work once; throws when what came out of it is wrong. */
  readonly run: () => Promise<Sample>
}

/** What must hold: the measure of one contender, as a multiple of another's or as it is. */
export interface Bar {
  readonly measure: Measure
  readonly of: string
  /** null where the measure itself has the limit. */
  readonly over: string | null
  readonly atMost: number
}

/** How much of a row is measured: the whole for results.md, a short form for the tests. */
export interface Size {
  readonly rounds: number
  /** Rounds before those that count. */
  readonly warmUps: number
  /** By how much smaller the work is. */
  readonly divisor: number
}

/** One piece of work, by whom it is done, and what is asked of us. */
export interface Row {
  /** By which `npm run bench -- NAME` finds it. */
  readonly name: string
  readonly work: string
  readonly rounds: number
  /** Rounds before those; 1, where the work is not so long that it warms up by itself. */
  readonly warmUps?: number
  readonly bars: readonly Bar[]
  /** What the figures do not tell by themselves, for readers of the results. */
  readonly notes?: string
  /** The arguments of a command whose profile says where the time goes. */
  readonly profiled?: (place: Place, divisor: number) => Promise<readonly string[]>
  readonly contenders: (place: Place, divisor: number) => Promise<readonly Contender[]>
}
