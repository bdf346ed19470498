import type { CellResult } from '../events.ts'
import type { ExecuteReply } from '../jupyter/messages.ts'
import type { Output } from '../jupyter/notebook.ts'

/**
 * What a cell came to: its value, else what it displayed last, else what it printed, else what a
 * pager would show; null when there is nothing of these.
 */
export function resultOf(
  outputs: readonly Output[],
  reply: Pick<ExecuteReply, 'executionCount' | 'page'> | null,
): CellResult | null {
  const value = outputs.findLast((output) => output.output_type === 'execute_result')
  if (value !== undefined) {
    const { data, metadata, execution_count } = value
    return { data, metadata, execution_count }
  }
  const execution_count = reply?.executionCount ?? null
  const display = outputs.findLast((output) => output.output_type === 'display_data')
  if (display !== undefined) {
    return { data: display.data, metadata: display.metadata, execution_count }
  }
  const printed = outputs
    .filter((output) => output.output_type === 'stream')
    .filter((output) => output.name === 'stdout')
    .map((output) => output.text)
    .join('')
  if (printed !== '') return { data: { 'text/plain': printed }, metadata: {}, execution_count }
  const page = reply?.page ?? null
  return page === null ? null : { data: page, metadata: {}, execution_count }
}
