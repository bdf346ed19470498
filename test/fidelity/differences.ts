import { isRecord } from '../../src/util/record.ts'
import type { Difference } from './notebook.ts'

/** Where two values differ, by the place of the smallest parts that are not the same. */
export function differences(
  nbclient: unknown,
  nbtrigger: unknown,
  place = '',
): Readonly<Record<string, Difference>> {
  if (Object.is(nbclient, nbtrigger)) return {}
  if (Array.isArray(nbclient) && Array.isArray(nbtrigger) && nbclient.length === nbtrigger.length) {
    return merged(
      nbclient.map((item, index) => differences(item, nbtrigger[index], `${place}[${index}]`)),
    )
  }
  if (isRecord(nbclient) && isRecord(nbtrigger)) {
    const names = [...new Set([...Object.keys(nbclient), ...Object.keys(nbtrigger)])]
    const below = (name: string) => (place === '' ? name : `${place}.${name}`)
    return merged(names.map((name) => differences(nbclient[name], nbtrigger[name], below(name))))
  }
  return { [place]: { nbclient, nbtrigger } }
}

function merged(
  list: readonly Readonly<Record<string, Difference>>[],
): Readonly<Record<string, Difference>> {
  return Object.fromEntries(list.flatMap((each) => Object.entries(each)))
}
