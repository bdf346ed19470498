import type { WarmStatus } from '../warm/pool.ts'
import type { RequestContext } from './context.ts'
import { jsonReply, type Reply } from './reply.ts'

const none: WarmStatus = { notebooks: [], kernels: 0, maxKernels: 0, maxAgeSeconds: 0 }

/** `GET /warm`: the notebooks that have warm kernels, and how well these serve. */
export function handleWarm({ app }: RequestContext): Promise<Reply> {
  const status = app.warm?.status ?? none
  return Promise.resolve(jsonReply(app.redactor.names.value(status)))
}
