import type { ErrorCode } from '../errors.ts'

export interface AnswerLimit {
  readonly bytes: number
  /** What a larger answer is. */
  readonly code: ErrorCode
  /** What to do about one, for the end of a message. */
  readonly advice: string
}

const KiB = 1024
const MiB = 1024 * KiB

/** Nothing that a Jupyter Server says there is nearly as large. */
function notJupyter(bytes: number): AnswerLimit {
  return { bytes, code: 'SERVER_NOT_JUPYTER', advice: 'check the host and --base-url' }
}

/** How much of a good answer is taken, by what was asked; any other answer is held to `refused`. */
export const answerLimits = {
  version: notJupyter(64 * KiB),
  status: notJupyter(64 * KiB),
  /** A kernelspec has about 1 KiB, and as much as its author likes as metadata. */
  kernelspecs: notJupyter(16 * MiB),
  /** The model of one kernel, or of a file without its content. */
  model: notJupyter(1 * MiB),
  /** An entry has about 300 bytes. */
  folder: {
    bytes: 64 * MiB,
    code: 'NOTEBOOK_NOT_FOUND',
    advice: 'distribute the files over several folders',
  },
  notebook: {
    bytes: 128 * MiB,
    code: 'NOTEBOOK_INVALID',
    advice: 'clear its outputs in JupyterLab and save it',
  },
  /** What nbconvert makes of a notebook. */
  page: {
    bytes: 256 * MiB,
    code: 'OUTPUT_NOT_SAVED',
    advice: 'save the notebook as .ipynb, or keep less output with --max-output',
  },
} as const satisfies Record<string, AnswerLimit>

/** Of an answer that is not good, only a short message or the address in it is of use. */
export const maxRefusalBytes = 256 * KiB

/** "64 KiB", "16 MiB". */
export function sizeText(bytes: number): string {
  return bytes < MiB ? `${bytes / KiB} KiB` : `${bytes / MiB} MiB`
}
