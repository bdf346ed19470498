import { openSync, writeFileSync } from 'node:fs'
import { RunError } from '../errors.ts'
import type { RunEvent } from '../events.ts'
import { systemReason } from '../util/system_reason.ts'
import { quoteForError } from '../util/text.ts'

export interface StreamPaths {
  readonly stdout: string | null
  readonly stderr: string | null
}

/** Files that get what cells print, as it comes (--stdout-file, --stderr-file). Never throws. */
export class StreamFiles {
  /** Why a file could not be opened, or something not be written; null where everything was. */
  problem: RunError | null = null
  readonly #files: Readonly<Record<keyof StreamPaths, OpenFile | null>>

  /** Creates the files, or empties them. */
  constructor({ stdout, stderr }: StreamPaths) {
    this.#files = { stdout: this.#open(stdout), stderr: this.#open(stderr) }
  }

  observe(event: RunEvent): void {
    if (event.type !== 'cell_output' || event.output.output_type !== 'stream') return
    const { name, text } = event.output
    const file = this.#files[name]
    if (file === null || this.problem !== null) return
    try {
      writeFileSync(file.descriptor, text) // appends all of it, where writeSync() may write a part
    } catch (cause) {
      this.problem = notWritten(file.path, cause)
    }
  }

  #open(path: string | null): OpenFile | null {
    if (path === null) return null
    try {
      return { path, descriptor: openSync(path, 'w') }
    } catch (cause) {
      this.problem = notWritten(path, cause)
      return null
    }
  }
}

interface OpenFile {
  readonly path: string
  readonly descriptor: number
}

function notWritten(path: string, cause: unknown): RunError {
  const what = `Cannot write to the file ${quoteForError(path)}: ${systemReason(cause)}`
  return new RunError('ARGUMENTS_INVALID', what, { advice: 'check the path and the disk', cause })
}
