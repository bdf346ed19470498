import { basename } from 'node:path'
import { type ErrorFactory, RunError, type RunErrorOptions } from '../errors.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import { readSegments } from '../util/path_segments.ts'
import { quoteForError } from '../util/text.ts'
import type { Document } from './serialise.ts'

/** Where the executed notebook goes, or the page of it. */
export interface Destination {
  /** As reports and messages name it: "/out/a.ipynb", "gs://bucket/a.ipynb", "file:/home/ann/a.ipynb". */
  readonly address: string
  readonly format: Format
  /** The part of the address that may hold placeholders, as "/out/{name} {date}.ipynb" does. */
  readonly path: string
  /** The destination of this kind at another path. */
  at(path: string): Destination
  /** Stores the document over what is there; `server` is the one that the notebook ran on. */
  save(
    document: Document,
    server: Pick<JupyterServer, 'contents'>,
    signal: AbortSignal,
  ): Promise<void>
}

/** The notebook itself, or a page of it. */
export type Format = 'ipynb' | 'html'

/** One kind of destination. */
export interface DestinationKind {
  /** What stands before ":" in an address; null for addresses without a scheme. */
  readonly scheme: string | null
  /** How its addresses look, for messages. */
  readonly example: string
  /** Reads what stands behind the scheme; throws ARGUMENTS_INVALID. */
  readonly parse: (rest: string, context: ParseContext) => Destination
}

/**
 * The kind that the scheme of an address names, with what stands behind the scheme; null when there is
 * no such kind.
 */
export function kindOf<Kind extends { readonly scheme: string | null }>(
  address: string,
  kinds: readonly Kind[],
): { readonly kind: Kind; readonly rest: string } | null {
  const [, name = null, rest = address] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(address) ?? []
  const scheme = name?.toLowerCase() ?? null
  const kind = kinds.find((each) => each.scheme === scheme)
  return kind === undefined ? null : { kind, rest }
}

export interface ParseContext {
  /** The whole address, as it was given. */
  readonly text: string
  /** Whether files of this machine may be written. */
  readonly allowFiles: boolean
  /** From where relative paths of files lead; null where that folder was deleted. */
  readonly folder: string | null
  /** Writes to standard output; left out where the caller has none. */
  readonly writeOutput?: (bytes: Uint8Array) => Promise<void>
  /** The value of STORAGE_EMULATOR_HOST; left out for Google's own Cloud Storage. */
  readonly storageEmulator?: string | null
}

/** Where the notebook goes when its page cannot be made. */
export function besidePage(
  page: Destination,
  protectedAddresses: readonly string[] = [],
): Destination {
  const beside = page.at(page.path.replace(/\.html$/, '.ipynb'))
  if (!protectedAddresses.includes(beside.address)) return beside
  return page.at(page.path.replace(/\.html$/, '.executed.ipynb'))
}

/** The last part of the path, ending in ".ipynb". */
export function notebookName(destination: Destination): string {
  return basename(besidePage(destination).path)
}

/** The names of a path, with one slash before each; throws ARGUMENTS_INVALID. */
export function readPath(path: string, text: string): string {
  const refuse: ErrorFactory = (reason, options) => invalidOutput(text, reason, options)
  const segments = readSegments(path, refuse)
  checkFormat(path, text)
  return `/${segments.join('/')}`
}

/** Refuses a path that ends neither in ".ipynb" nor in ".html", or has nothing before that. */
export function checkFormat(path: string, text: string): void {
  const [, name] = /(?:^|\/)([^/]*)\.(?:ipynb|html)$/.exec(path) ?? []
  if (name === undefined) throw invalidOutput(text, 'it ends neither in ".ipynb" nor in ".html"')
  if (name === '') throw invalidOutput(text, 'the file has no name before its ending')
}

/** The format of a path that was checked. */
export function formatOf(path: string): Format {
  return path.endsWith('.html') ? 'html' : 'ipynb'
}

export function invalidOutput(
  text: string,
  reason: string,
  options: RunErrorOptions = {},
): RunError {
  const what = `Cannot use the output ${quoteForError(text)}: ${reason}`
  return new RunError('ARGUMENTS_INVALID', what, options)
}
