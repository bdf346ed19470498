import type { RunEvent } from '../events.ts'
import type { LeftOut } from '../jupyter/messages.ts'
import { connectionBroke, outputLeftOut, rateLimited, unreadable } from './output_loss.ts'

interface Loss {
  readonly count: number
  readonly warning: (count: number) => RunEvent
}

/** Counts the messages that output is lost with: each cell gets one warning of each kind. */
export class OutputLosses {
  readonly #losses = new Map<string, Loss>()
  readonly #rateLimited = new Set<number>()
  readonly #cells = new Set<number>()

  /** Whether output of the cell with this index was lost, or may have been. */
  has(cell: number): boolean {
    return this.#cells.has(cell)
  }

  /** A message that came during the cell with this index could not be read. */
  addUnreadable(cell: number, bytes: number): void {
    this.#add(cell, 'unreadable', (count) => unreadable(cell, { bytes, count }))
  }

  /** The connection broke during the cell with this index, and is there again. */
  addBreak(cell: number): void {
    this.#add(cell, 'break', (count) => connectionBroke(cell, count))
  }

  /** An output of the cell with this index is too large, or nests too deep. */
  addLeftOut(cell: number, message: LeftOut): void {
    this.#add(cell, message.reason, (count) => outputLeftOut(cell, message, count))
  }

  /** The server says that it drops output of the cell: the warning when it says so first. */
  addRateLimited(cell: number): readonly RunEvent[] {
    this.#cells.add(cell)
    if (this.#rateLimited.has(cell)) return []
    this.#rateLimited.add(cell)
    return [rateLimited(cell)]
  }

  /** The warnings for what was counted since it was asked last. */
  takeWarnings(): readonly RunEvent[] {
    const warnings = Array.from(this.#losses.values(), ({ count, warning }) => warning(count))
    this.#losses.clear()
    return warnings
  }

  #add(cell: number, kind: string, warning: Loss['warning']): void {
    this.#cells.add(cell)
    const key = `${kind} ${cell}`
    const { count } = this.#losses.get(key) ?? { count: 0 }
    this.#losses.set(key, { count: count + 1, warning })
  }
}
