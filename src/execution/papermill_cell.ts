type Status = 'pending' | 'running' | 'completed' | 'failed'

/** How far a cell has come, as papermill writes it down; a cell that never ran stays `pending`. */
export class PapermillCell {
  #status: Status = 'pending'
  #startedAt: Date | null = null
  #endedAt: Date | null = null

  get status(): Status {
    return this.#status
  }

  start(): void {
    this.#status = 'running'
    this.#startedAt = new Date()
  }

  end(status: 'completed' | 'failed'): void {
    this.#status = status
    this.#endedAt = new Date()
  }

  metadata(): Readonly<Record<string, unknown>> {
    return {
      exception: this.#status === 'pending' ? null : this.#status === 'failed',
      ...span(this.#startedAt, this.#endedAt),
      status: this.#status,
    }
  }
}

/** The times of a cell or notebook as papermill writes them. */
export function span(start: Date | null, end: Date | null): Readonly<Record<string, unknown>> {
  return {
    start_time: isoTime(start),
    end_time: isoTime(end),
    duration: start === null || end === null ? null : (end.getTime() - start.getTime()) / 1000,
  }
}

function isoTime(date: Date | null): string | null {
  return date === null ? null : date.toISOString().replace('Z', '+00:00')
}
