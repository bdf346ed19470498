import { RunError } from '../errors.ts'
import type { CellRef, RunEvent } from '../events.ts'
import type { ExecuteReply, KernelError } from '../jupyter/messages.ts'
import type { Output } from '../jupyter/nbformat.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { jsonText } from '../util/json.ts'
import { plainText } from '../util/plain_text.ts'
import type { OutputList } from './output_list.ts'

/** What `exit()` and `quit()` may be called with to say that all is well, as in a script. */
const cleanArguments: readonly unknown[] = [null, false, true, 0, '']
/** The same of `sys.exit()`, as the error shows it. */
const cleanExits: readonly string[] = ['', '0', 'None']

/** `exit()`, `sys.exit()` and `sys.exit(0)` end a notebook early and well, as they do a script. */
export function isCleanExit({ status, error, exit }: ExecuteReply): boolean {
  if (status === 'ok') return exit !== null && cleanArguments.includes(exit.argument)
  return isExitError(error)
}

/** Whether the error is only how Python ends a program well. papermill passes over it, too. */
export function isExitError({ ename, evalue }: KernelError): boolean {
  return ename === 'SystemExit' && cleanExits.includes(evalue)
}

/**
 * Why a cell failed; null when it did not. It fails by its reply, where anything but `ok` and a
 * clean exit is a failure, else by the first error that is among its outputs: IPython answers `ok`
 * although `%%capture`, `%run` or a callback has shown one. papermill fails such a run as well.
 */
export function failureOf(
  cell: CellRef,
  reply: ExecuteReply,
  outputs: readonly Output[],
): RunError | null {
  if (reply.status !== 'ok' && !isCleanExit(reply)) return replyFailure(cell, reply)
  const errors = outputs.filter((output) => output.output_type === 'error')
  const shown = errors.find((error) => !isExitError(error))
  if (shown !== undefined) return shownFailure(cell, shown)
  return reply.exit === null || isCleanExit(reply) ? null : exitFailure(cell, reply.exit.argument)
}

function replyFailure(cell: CellRef, { status, error }: ExecuteReply): RunError {
  if (error.ename === '') {
    const reason = status === 'aborted' ? 'the kernel did not run it (aborted)' : `"${status}"`
    return new RunError('CELL_FAILED', `Cell ${cell.index} failed: ${reason}`)
  }
  const hint =
    error.ename === 'StdinNotImplementedError'
      ? '; a notebook that runs unattended has nobody to ask for input'
      : ''
  return raised(cell, error, { hint })
}

function shownFailure(cell: CellRef, error: KernelError): RunError {
  const advice = 'if the cell may fail, tag it "raises-exception"'
  return raised(cell, error, { hint: ', although the kernel answered "ok"', advice })
}

function raised(
  cell: CellRef,
  error: KernelError,
  { hint, advice = null }: { readonly hint: string; readonly advice?: string | null },
): RunError {
  const details = plainError(error)
  const what = `Cell ${cell.index} raised ${details.ename}: ${details.evalue}${hint}`
  return new RunError('CELL_FAILED', what, { advice, ...details })
}

function exitFailure(cell: CellRef, argument: unknown): RunError {
  const evalue = plainText(typeof argument === 'string' ? argument : jsonText(argument))
  const details = { ename: 'SystemExit', evalue, traceback: [] }
  const message = `Cell ${cell.index} called exit(${jsonText(argument)}), which says that it failed`
  return new RunError('CELL_FAILED', message, details)
}

/** The cell showed an error of which nothing but that is known, since it was too large to keep. */
export function errorLeftOut(cell: CellRef): RunError {
  return new RunError(
    'CELL_FAILED',
    `Cell ${cell.index} showed an error that was too large to be kept`,
  )
}

/** The cell showed an error when its end was known and the run had gone on. */
export function lateError(cell: number, error: KernelError): RunEvent {
  const { ename, evalue } = plainError(error)
  const message = `Cell ${cell} showed an error after its end, so the run went on: ${ename}: ${evalue}`
  return { type: 'warning', message }
}

/** A kernel's error without terminal colours. */
export function plainError({ ename, evalue, traceback }: KernelError): KernelError {
  const plain = { ename: plainText(ename), evalue: plainText(evalue) }
  return { ...plain, traceback: traceback.map(plainText) }
}

const maxLastWords = 500

/** `error` with the cell that was running and what it said last, without secrets. */
export function lastWords(
  error: RunError,
  cell: CellRef,
  { outputs, redactor }: { outputs: Pick<OutputList, 'all'>; redactor: Pick<Redactor, 'text'> },
): RunError {
  const last = outputs.all.findLast((output) => output.output_type === 'stream')
  const end = redactor.text(last?.text ?? '').slice(-2 * maxLastWords)
  const text = plainText(end).trim()
  const said = text === '' ? '' : `, which had printed last: "${text.slice(-maxLastWords)}"`
  const where = `cell ${cell.index} was running${said}`
  return new RunError(error.code, `${error.what}; ${where}`, { advice: error.advice, cause: error })
}
