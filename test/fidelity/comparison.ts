import { isRecord } from '../../src/util/record.ts'
import { differences } from './differences.ts'
import { normalized } from './normalized.ts'
import type { Difference, FidelityNotebook, Fields } from './notebook.ts'
import { withoutMarkers, withStatuses } from './papermill.ts'

/** What the two have made of a notebook. */
export interface Executed {
  readonly nbclient: Fields
  readonly nbtrigger: Fields
}

export interface Comparison {
  readonly notebook: FidelityNotebook
  /** Where they differ and are not meant to, or are meant to and do not as it is told. */
  readonly unexpected: Readonly<Record<string, Difference>>
}

export function compare(notebook: FidelityNotebook, executed: Executed): Comparison {
  const { late = {}, differs = {} } = notebook
  const theirs = restored(normalized(plain(withStatuses(executed.nbclient, notebook))), late)
  const ours = normalized(plain(withoutMarkers(executed.nbtrigger)))
  const found = differences(theirs, ours)
  const places = [...new Set([...Object.keys(found), ...Object.keys(differs)])]
  const unexpected = places.filter((place) => !same(differs[place], found[place]))
  const none = { nbclient: '(the same)', nbtrigger: '(the same)' }
  const shown = unexpected.map((place) => [place, found[place] ?? none] as const)
  return { notebook, unexpected: Object.fromEntries(shown) }
}

/** nbclient's notebook with what it may have lost because it came after its cell's end. */
function restored(notebook: unknown, late: Readonly<Record<number, readonly Fields[]>>): unknown {
  if (!isRecord(notebook) || !Array.isArray(notebook['cells'])) return notebook
  const cells = notebook['cells'].map((cell: unknown, index) => {
    const outputs = late[index]
    const isLossy = outputs !== undefined && isRecord(cell) && isPart(cell['outputs'], outputs)
    return isLossy ? { ...cell, outputs } : cell
  })
  return { ...notebook, cells }
}

function isPart(some: unknown, all: readonly Fields[]): boolean {
  return Array.isArray(some) && some.every((one) => all.some((other) => isStart(one, other)))
}

/** A stream comes in several messages: what is lost is the last ones. */
function isStart(one: unknown, other: Fields): boolean {
  if (!isRecord(one) || typeof one['text'] !== 'string') return same(one, other)
  const { text } = other
  return typeof text === 'string' && text.startsWith(one['text']) && same({ ...one, text }, other)
}

function same(one: unknown, other: unknown): boolean {
  return Object.keys(differences(one, other)).length === 0
}

/** As it would be read from a file: without fields that are undefined. */
function plain(value: Fields): Fields {
  const json: unknown = JSON.parse(JSON.stringify(value))
  return isRecord(json) ? json : {}
}
