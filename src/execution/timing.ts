import { jsonText } from '../exact_json.ts'
import type { KernelMessage } from '../jupyter/messages.ts'

/** The step of a cell's execution that a message marks, as a cell's `metadata.execution` names it. */
export function stepOf(message: KernelMessage): string | null {
  switch (message.type) {
    case 'status':
      return ['busy', 'idle'].includes(message.state) ? `iopub.status.${message.state}` : null
    case 'execute_input':
      return 'iopub.execute_input'
    case 'execute_reply':
      return 'shell.execute_reply'
    default:
      return null
  }
}

/** What `metadata.execution` held beside an earlier run's steps; nbformat wants it to be text. */
export function withoutSteps(execution: Readonly<Record<string, unknown>>): Record<string, string> {
  const others = Object.entries(execution).filter(([name]) => !/^(iopub|shell)\./.test(name))
  return Object.fromEntries(others.map(([name, value]) => [name, textOf(value)]))
}

/** In UTC with microseconds, as all front ends write it; now when the message has no date. */
export function timestamp(date: string | null): string {
  const [, seconds, fraction = ''] =
    /^(.+T\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|\+00:?00)?$/.exec(date ?? '') ?? []
  if (seconds !== undefined && !Number.isNaN(Date.parse(`${seconds}Z`))) {
    return `${seconds}.${fraction.slice(0, 6).padEnd(6, '0')}Z`
  }
  const time = Date.parse(date ?? '')
  return new Date(Number.isNaN(time) ? Date.now() : time).toISOString().replace('Z', '000Z')
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : jsonText(value)
}
