import { RunError } from '../errors.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import { abortable } from '../util/abort.ts'
import { besidePage, type Destination, notebookName } from './destination.ts'
import { type PageTools, type Rendering, renderPage } from './html.ts'
import { type Document, notebookDocument } from './serialise.ts'

export interface SaveTools extends PageTools {
  /** Keeps what goes to its contents, and renders the pages. */
  readonly server: Pick<JupyterServer, 'contents' | 'nbconvert'>
}

export interface Saved {
  /** The addresses of what was stored, in the order in which they were asked for. */
  readonly outputs: readonly string[]
  readonly warnings: readonly string[]
  /** All of the code OUTPUT_NOT_SAVED. */
  readonly failures: readonly RunError[]
}

/**
 * Stores the notebook at all destinations side by side. It does not throw: each failure is told. No
 * destination is waited for when `signal` aborts, not even a disk that hangs and does not heed it.
 */
export async function saveNotebook(
  content: object,
  destinations: readonly Destination[],
  tools: SaveTools,
  signal: AbortSignal,
): Promise<Saved> {
  const wanted = new Map(destinations.map((place) => [place.address, place]))
  const warnings: string[] = []
  let notebook: Document | undefined
  let rendering: Promise<Rendering> | undefined

  const saveNotebookTo = async (place: Destination) => {
    notebook ??= notebookDocument(content)
    return await store(place, { ...tools, document: notebook }, signal)
  }
  const save = async (place: Destination): Promise<string | null> => {
    if (place.format === 'ipynb') return await saveNotebookTo(place)
    rendering ??= renderPage({ name: notebookName(place), content }, tools, signal)
    const { page, reason } = await rendering
    if (page !== null) return await store(place, { ...tools, document: page }, signal)
    const beside = besidePage(place)
    warnings.push(`${reason}; "${beside.address}" is saved in place of the page`)
    return wanted.has(beside.address) ? null : await saveNotebookTo(beside)
  }

  const saveInTime = async (place: Destination) => {
    signal.throwIfAborted()
    return await abortable(save(place), signal)
  }

  const saves = await Promise.allSettled([...wanted.values()].map(saveInTime))
  const addresses = [...wanted.keys()]
  return {
    outputs: saves.flatMap((end) => (end.status === 'fulfilled' ? (end.value ?? []) : [])),
    warnings,
    failures: saves.flatMap((end, place) =>
      end.status === 'rejected' ? notSaved(addresses[place] ?? '', end.reason, signal) : [],
    ),
  }
}

async function store(
  place: Destination,
  { document, server }: SaveTools & { readonly document: Document },
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted()
  await place.save(document, server, signal)
  return place.address
}

function notSaved(address: string, cause: unknown, signal: AbortSignal): RunError {
  const stopped = `Cannot save "${address}": the run was stopped or out of time before it was done`
  if (signal.aborted) return new RunError('OUTPUT_NOT_SAVED', stopped, { cause })
  if (cause instanceof RunError) {
    return new RunError('OUTPUT_NOT_SAVED', cause.what, { advice: cause.advice, cause })
  }
  return new RunError('OUTPUT_NOT_SAVED', `Cannot save "${address}": ${String(cause)}`, { cause })
}
