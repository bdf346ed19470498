import { RunError } from '../errors.ts'
import type { JupyterServer } from '../jupyter/server.ts'
import { abortable } from '../util/abort.ts'
import { besidePage, type Destination, notebookName } from './destination.ts'
import { type PageTools, type Rendering, renderPage } from './html.ts'
import { type Document, notebookDocument } from './serialise.ts'

export interface SaveTools extends PageTools {
  /** Keeps what goes to its contents, and renders the pages. */
  readonly server: Pick<JupyterServer, 'contents' | 'nbconvert'>
  /** Addresses at which no notebook takes the place of a page that cannot be made. */
  readonly protectedAddresses: readonly string[]
}

export interface Saved {
  /** The addresses at which something was stored, in the order of the destinations. */
  readonly outputs: readonly string[]
  readonly warnings: readonly string[]
  /** All of the code OUTPUT_NOT_SAVED. */
  readonly failures: readonly RunError[]
}

/**
 * Stores the notebook at all destinations, side by side. Never throws: failures are returned. Returns
 * as soon as `signal` aborts, even if a disk hangs.
 */
export async function saveNotebook(
  content: object,
  destinations: readonly Destination[],
  tools: SaveTools,
  signal: AbortSignal,
): Promise<Saved> {
  const byAddress = new Map(destinations.map((each) => [each.address, each]))
  const warnings: string[] = []
  let notebook: Document | undefined
  let rendering: Promise<Rendering> | undefined

  const saveNotebookTo = async (destination: Destination) => {
    notebook ??= notebookDocument(content)
    return await store(destination, { ...tools, document: notebook }, signal)
  }
  const rendered = async (destination: Destination) => {
    const made = await renderPage({ name: notebookName(destination), content }, tools, signal)
    if (made.page !== null) warnings.push(...made.warnings)
    return made
  }
  const save = async (destination: Destination): Promise<string | null> => {
    if (destination.format === 'ipynb') return await saveNotebookTo(destination)
    rendering ??= rendered(destination)
    const { page, error } = await rendering
    if (page !== null) return await store(destination, { ...tools, document: page }, signal)
    const beside = besidePage(destination, tools.protectedAddresses)
    warnings.push(`${error.message}; "${beside.address}" is saved in place of the page`)
    return byAddress.has(beside.address) ? null : await saveNotebookTo(beside)
  }

  const saveInTime = async (destination: Destination) => {
    signal.throwIfAborted()
    return await abortable(save(destination), signal)
  }

  const saves = await Promise.allSettled([...byAddress.values()].map(saveInTime))
  const addresses = [...byAddress.keys()]
  return {
    outputs: saves.flatMap((end) => (end.status === 'fulfilled' ? (end.value ?? []) : [])),
    warnings,
    failures: saves.flatMap((end, index) =>
      end.status === 'rejected' ? notSaved(addresses[index] ?? '', end.reason, signal) : [],
    ),
  }
}

async function store(
  destination: Destination,
  { document, server }: Pick<SaveTools, 'server'> & { readonly document: Document },
  signal: AbortSignal,
): Promise<string> {
  signal.throwIfAborted()
  await destination.save(document, server, signal)
  return destination.address
}

function notSaved(address: string, cause: unknown, signal: AbortSignal): RunError {
  const stopped = `Cannot save "${address}": the run was stopped or out of time before it was done`
  if (signal.aborted) return new RunError('OUTPUT_NOT_SAVED', stopped, { cause })
  if (cause instanceof RunError) {
    return new RunError('OUTPUT_NOT_SAVED', cause.what, { advice: cause.advice, cause })
  }
  return new RunError('OUTPUT_NOT_SAVED', `Cannot save "${address}": ${String(cause)}`, { cause })
}
