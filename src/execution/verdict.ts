import { RunError } from '../errors.ts'
import type { CellRef } from '../events.ts'
import type { ExecuteReply, KernelError } from '../jupyter/messages.ts'
import { plainText } from '../plain_text.ts'
import type { OutputList } from './output_list.ts'

/** `exit()`, `sys.exit()` and `sys.exit(0)` end a notebook early and well, as they do a script. */
export function isCleanExit({ status, error, asksExit }: ExecuteReply): boolean {
  if (status === 'ok') return asksExit
  return error.ename === 'SystemExit' && ['', '0', 'None'].includes(error.evalue)
}

/** Why a cell failed; null for a reply of status ok. Whatever else the kernel says is a failure. */
export function failureOf(cell: CellRef, { status, error }: ExecuteReply): RunError | null {
  if (status === 'ok') return null
  if (error.ename === '') {
    const reason = status === 'aborted' ? 'the kernel did not run it (aborted)' : `"${status}"`
    return new RunError('CELL_FAILED', `Cell ${cell.index} failed: ${reason}`)
  }
  const details = plainError(error)
  const hint =
    error.ename === 'StdinNotImplementedError'
      ? '; a notebook that runs unattended has nobody to ask for input'
      : ''
  return new RunError(
    'CELL_FAILED',
    `Cell ${cell.index} raised ${details.ename}: ${details.evalue}${hint}`,
    details,
  )
}

/** A kernel's error without terminal colours. */
export function plainError({ ename, evalue, traceback }: KernelError): KernelError {
  const plain = { ename: plainText(ename), evalue: plainText(evalue) }
  return { ...plain, traceback: traceback.map(plainText) }
}

const maxLastWords = 500

/** `error` with the cell that was running and what it said last. */
export function lastWords(
  error: RunError,
  cell: CellRef,
  outputs: Pick<OutputList, 'all'>,
): RunError {
  const last = outputs.all.findLast((output) => output.output_type === 'stream')
  const text = plainText(last?.text.slice(-2 * maxLastWords) ?? '').trim()
  const said = text === '' ? '' : `, which had printed last: "${text.slice(-maxLastWords)}"`
  const where = `cell ${cell.index} was running${said}`
  return new RunError(error.code, `${error.message}; ${where}`, { cause: error })
}
