import { type ErrorFactory, RunError } from '../errors.ts'
import { contentAddress } from '../sources/content.ts'
import type { NotebookSource, SourceLocation } from '../sources/source.ts'
import { remoteKindOf } from '../sources/sources.ts'
import { quoteAddress, quoteForError } from '../util/text.ts'
import { type Caller, type Env, variableOf } from './env.ts'

/** An entry of NBTRIGGER_SOURCES. */
interface AllowedPrefix {
  /** By which paths of the HTTP service begin; null for none. */
  readonly name: string | null
  /** Without slashes at its end. */
  readonly text: string
  readonly location: SourceLocation
}

const advice = 'ask the person who set this up to add it there, if it may be run'

/**
 * Throws SOURCE_NOT_ALLOWED unless NBTRIGGER_SOURCES has the notebook's address, or the beginning of it.
 * The command may read any as long as there is no such list.
 */
export function checkSource(source: NotebookSource, env: Env, caller: Caller): void {
  const { location } = source
  const isListed = variableOf(env, 'NBTRIGGER_SOURCES') !== null
  if (location === null || (caller === 'command' && !isListed)) return
  if (prefixesIn(env).some((prefix) => begins(prefix.location, location))) return
  const reason = isListed ? 'NBTRIGGER_SOURCES does not have it' : 'NBTRIGGER_SOURCES is not set'
  const what = `Cannot run ${quoteForError(source.describe())}: ${reason}`
  throw new RunError('SOURCE_NOT_ALLOWED', what, { advice })
}

/** Throws SOURCE_NOT_ALLOWED unless HTTP requests may bring their notebook along. */
export function checkContent(env: Env): void {
  if (entriesOf(env).includes(contentAddress)) return
  const reason = `NBTRIGGER_SOURCES does not have "${contentAddress}"`
  const what = `Cannot run the notebook in the request: ${reason}`
  throw new RunError('SOURCE_NOT_ALLOWED', what, { advice })
}

/**
 * The address that a path of the HTTP service stands for, where it begins with the name of an entry:
 * "/reports/daily.ipynb" with "reports=gs://bucket/reports/". Any other path is returned as it is.
 */
export function namedAddress(path: string, env: Env): string {
  const [, name, rest = ''] = /^\/([^/]+)(?:\/(.*))?$/s.exec(path) ?? []
  if (name === undefined || !entriesOf(env).some((entry) => entry.startsWith(`${name}=`)))
    return path
  const prefix = prefixesIn(env).find((each) => each.name === name)
  const remote = prefix === undefined ? null : remoteKindOf(prefix.text)
  if (prefix === undefined || remote === null) return path
  return rest === '' ? prefix.text : remote.below(prefix.text, rest)
}

/** By whole names, so that "gs://bucket/a" allows "gs://bucket/a/x", and not "gs://bucket/ab". */
function begins(prefix: SourceLocation, location: SourceLocation): boolean {
  return (
    prefix.root === location.root &&
    prefix.segments.every((segment, at) => segment === location.segments[at]) &&
    (prefix.version === null || prefix.version === location.version)
  )
}

function prefixesIn(env: Env): readonly AllowedPrefix[] {
  return entriesOf(env)
    .filter((entry) => entry !== contentAddress)
    .map(readPrefix)
}

function entriesOf(env: Env): readonly string[] {
  const list = variableOf(env, 'NBTRIGGER_SOURCES') ?? ''
  return list.split(',').flatMap((entry) => entry.trim() || [])
}

function readPrefix(entry: string): AllowedPrefix {
  const refuse: ErrorFactory = (reason, options) => {
    const what = `Cannot read the entry ${quoteAddress(entry)} of NBTRIGGER_SOURCES: ${reason}`
    return new RunError('ARGUMENTS_INVALID', what, options)
  }
  const [, name = null, rest = entry] = /^([\w.-]+)=(.*)$/s.exec(entry) ?? []
  const text = rest.replace(/(?<=[^/])\/+$/, '')
  const remote = remoteKindOf(text)
  if (remote === null) {
    throw refuse('it is neither "gs://bucket/..." nor "https://host/..."', {
      advice: 'write the beginning of an address, or NAME=ADDRESS',
    })
  }
  if (text.includes('?')) throw refuse('it contains "?"', { advice: 'leave that part out' })
  return { name, text, location: remote.locate(text, refuse) }
}
