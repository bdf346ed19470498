import { dayMs } from '../../util/duration.ts'
import { FormatError } from './format_error.ts'

/** A date that can be written in several ways. */
export class DateTime {
  /** How it is written where nothing else is asked for. */
  readonly text: string
  readonly #date: Date

  /** The fields of the date are taken as in UTC. */
  constructor(date: Date, text: string) {
    this.#date = date
    this.text = text
  }

  /** As Python's `strftime()` has it, in English; throws FormatError. */
  format(pattern: string): string {
    return pattern.replaceAll(/%(.?)/gsu, (found: string, letter: string) => {
      const directive = directives.get(letter)
      if (directive !== undefined) return directive(this.#date)
      const reason = `${JSON.stringify(found)} is no part of a date that can be written`
      const known = [...directives.keys()].map((each) => `%${each}`).join(' ')
      throw new FormatError(reason, `there is ${known}`)
    })
  }
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const months =
  'January February March April May June July August September October November December'.split(' ')

const directives: ReadonlyMap<string, (date: Date) => string> = new Map<
  string,
  (date: Date) => string
>([
  ['Y', (date) => digits(date.getUTCFullYear(), 4)],
  ['y', (date) => digits(date.getUTCFullYear() % 100, 2)],
  ['m', (date) => digits(date.getUTCMonth() + 1, 2)],
  ['B', (date) => months[date.getUTCMonth()] ?? ''],
  ['b', (date) => months[date.getUTCMonth()]?.slice(0, 3) ?? ''],
  ['d', (date) => digits(date.getUTCDate(), 2)],
  ['j', (date) => digits(dayOfYear(date), 3)],
  ['A', (date) => days[date.getUTCDay()] ?? ''],
  ['a', (date) => days[date.getUTCDay()]?.slice(0, 3) ?? ''],
  ['u', (date) => String(isoDay(date))],
  ['w', (date) => String(date.getUTCDay())],
  ['G', (date) => digits(thursdayOf(date).getUTCFullYear(), 4)],
  ['V', (date) => digits(Math.ceil(dayOfYear(thursdayOf(date)) / 7), 2)],
  ['H', (date) => digits(date.getUTCHours(), 2)],
  ['I', (date) => digits(date.getUTCHours() % 12 || 12, 2)],
  ['p', (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM')],
  ['M', (date) => digits(date.getUTCMinutes(), 2)],
  ['S', (date) => digits(date.getUTCSeconds(), 2)],
  ['f', (date) => digits(date.getUTCMilliseconds() * 1000, 6)],
  ['%', () => '%'],
])

function digits(number: number, count: number): string {
  return String(number).padStart(count, '0')
}

/** From 1. */
function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / dayMs) + 1
}

/** From 1 for Monday to 7 for Sunday. */
function isoDay(date: Date): number {
  return date.getUTCDay() || 7
}

/** Of the same week, which belongs to the year of its Thursday (ISO 8601). */
function thursdayOf(date: Date): Date {
  return new Date(date.getTime() + (4 - isoDay(date)) * dayMs)
}
