import { RunError } from '../errors.ts'
import type { CellRef, RunEvent } from '../events.ts'
import type { ExecuteReply, KernelError } from '../jupyter/messages.ts'
import type { Output } from '../jupyter/nbformat.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { type CellIndex, cellName, cellTitle } from '../util/cell_name.ts'
import { jsonText } from '../util/json.ts'
import { plainText } from '../util/text.ts'
import type { OutputList } from './output_list.ts'

/** Arguments of `exit()` and `quit()` that mean success, as in a script. */
const cleanArguments: readonly unknown[] = [null, false, true, 0, '']
/** The same for `sys.exit()`, as the `evalue` of SystemExit. */
const cleanExits: readonly string[] = ['', '0', 'None']

/** Whether the cell called `exit()`, `sys.exit()` or `sys.exit(0)`: an early end without failure. */
export function isCleanExit({ status, error, exit }: ExecuteReply): boolean {
  if (status === 'ok') return exit !== null && cleanArguments.includes(exit.argument)
  return isExitError(error)
}

/** Whether the error is a SystemExit that means success. papermill ignores it as well. */
export function isExitError({ ename, evalue }: KernelError): boolean {
  return ename === 'SystemExit' && cleanExits.includes(evalue)
}

/**
 * Why a cell failed; null when it succeeded. A reply other than `ok` or a clean exit is a failure,
 * and so is an error among the outputs, of which the first counts: IPython replies `ok` when
 * `%%capture`, `%run` or a callback has shown an error. papermill fails such a run as well.
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
    return new RunError('CELL_FAILED', `${cellTitle(cell.index)} failed: ${reason}`)
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
  const what = `${cellTitle(cell.index)} raised ${details.ename}: ${details.evalue}${hint}`
  return new RunError('CELL_FAILED', what, { advice, ...details })
}

function exitFailure(cell: CellRef, argument: unknown): RunError {
  const evalue = plainText(typeof argument === 'string' ? argument : jsonText(argument))
  const details = { ename: 'SystemExit', evalue, traceback: [] }
  const message = `${cellTitle(cell.index)} called exit(${jsonText(argument)}), which says that it failed`
  return new RunError('CELL_FAILED', message, details)
}

/** The failure of a cell with an error output that was too large to keep; its text is unknown. */
export function oversizedError(cell: CellRef): RunError {
  return new RunError(
    'CELL_FAILED',
    `${cellTitle(cell.index)} showed an error that was too large to be kept`,
  )
}

/** A warning: the cell showed an error after its end, when the run had already gone on. */
export function lateError(cell: CellIndex, error: KernelError): RunEvent {
  const { ename, evalue } = plainError(error)
  const message = `${cellTitle(cell)} showed an error after its end, so the run went on: ${ename}: ${evalue}`
  return { type: 'warning', message }
}

/** A kernel's error without terminal colours. */
export function plainError({ ename, evalue, traceback }: KernelError): KernelError {
  const plain = { ename: plainText(ename), evalue: plainText(evalue) }
  return { ...plain, traceback: traceback.map(plainText) }
}

const maxLastOutput = 500

/** `error` with the running cell and the end of its last stream output (500 characters), redacted. */
export function withLastOutput(
  error: RunError,
  cell: CellRef,
  { outputs, redactor }: { outputs: Pick<OutputList, 'all'>; redactor: Pick<Redactor, 'text'> },
): RunError {
  const last = outputs.all.findLast((output) => output.output_type === 'stream')
  const end = redactor.text(last?.text ?? '').slice(-2 * maxLastOutput)
  const text = plainText(end).trim()
  const said = text === '' ? '' : `, which had printed last: "${text.slice(-maxLastOutput)}"`
  const where = `${cellName(cell.index)} was running${said}`
  return new RunError(error.code, `${error.what}; ${where}`, { advice: error.advice, cause: error })
}
