import { isRecord } from '../util/record.ts'

/** A kernel in the server's list. */
export interface ListedKernel {
  readonly id: string
  /** The kernelspec's name. */
  readonly name: string
  /** "idle", "busy", "starting" ...; empty when it is not said. */
  readonly state: string
  /** How many WebSockets are open; null when it is not said. */
  readonly connections: number | null
  /** In milliseconds since 1970; null when it is not said. */
  readonly lastActivityMs: number | null
}

/** The kernels in an answer to `GET /api/kernels`; null when it is no such list. */
export function readKernelList(json: unknown): readonly ListedKernel[] | null {
  return Array.isArray(json) ? json.flatMap(readKernel) : null
}

function readKernel(model: unknown): readonly ListedKernel[] {
  if (!isRecord(model) || typeof model['id'] !== 'string') return []
  const { id, name, execution_state: state, connections, last_activity: lastActivity } = model
  const lastActivityMs = Date.parse(String(lastActivity))
  return [
    {
      id,
      name: typeof name === 'string' ? name : '',
      state: typeof state === 'string' ? state : '',
      connections: typeof connections === 'number' ? connections : null,
      lastActivityMs: Number.isNaN(lastActivityMs) ? null : lastActivityMs,
    },
  ]
}
