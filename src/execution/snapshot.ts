import type { CommBuffer } from '../jupyter/messages.ts'
import type { Output } from '../jupyter/nbformat.ts'
import type { DisplayId } from '../jupyter/read_field.ts'

/** The outputs of a cell or a widget, as another process restores them. */
export interface OutputsSnapshot {
  readonly outputs: readonly { readonly output: Output; readonly displayId: DisplayId | null }[]
  readonly clearsBeforeNext: boolean
  readonly isCut: boolean
}

/** The execution of a cell, as far as it has come. */
export interface CellSnapshot extends OutputsSnapshot {
  readonly request: string
  readonly executionCount: number | null
  readonly countSource: number
  readonly timing: Readonly<Record<string, string>>
  readonly error: ErrorOutputState
  readonly hasLostError: boolean
  readonly isOver: boolean
}

/** `rebuilt`: made from the reply; an error message that arrives later is then ignored. */
export type ErrorOutputState = 'none' | 'shown' | 'rebuilt'

/** The states of a run's widgets, and the outputs that its `Output` widgets hold. */
export interface WidgetsSnapshot {
  readonly models: readonly ModelSnapshot[]
  readonly outputs: readonly OutputWidgetSnapshot[]
}

export interface ModelSnapshot {
  readonly commId: string
  readonly state: Readonly<Record<string, unknown>>
  readonly buffers: readonly CommBuffer[]
}

export interface OutputWidgetSnapshot extends OutputsSnapshot {
  readonly commId: string
  /** The id of the request that it captures; null for none. */
  readonly captures: string | null
}

/** The `metadata.papermill` of a cell; the times in milliseconds since 1970. */
export interface ProgressSnapshot {
  readonly status: 'pending' | 'running' | 'completed' | 'failed'
  readonly startedMs: number | null
  readonly endedMs: number | null
}

/** An executed notebook without what its cells and widgets hold, which are parts of their own. */
export interface NotebookSnapshot {
  readonly startedMs: number
  readonly languageInfo: Readonly<Record<string, unknown>>
  readonly passed: number
  /** By place; the cells behind it are pending. */
  readonly progress: readonly ProgressSnapshot[]
  /** The places of the cells that were sent, in the order of execution. */
  readonly places: readonly number[]
}

/** What a large part of an executed notebook holds: a cell by its place, or the widgets. */
export interface SnapshotPart {
  /** "cell-3" or "widgets" */
  readonly name: string
  /** Changes with what it holds. */
  readonly revision: string
  readonly read: () => CellSnapshot | WidgetsSnapshot
}

/** What was read of them; null where a part was never written. */
export interface SnapshotParts {
  readonly cell: (place: number) => CellSnapshot | null
  readonly widgets: WidgetsSnapshot | null
}
