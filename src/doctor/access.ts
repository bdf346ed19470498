import { refusal } from '../jupyter/refusal.ts'
import { good, type Check, type Opinion } from './check.ts'
import type { Patient } from './patient.ts'

/** Whether the call gets through to the server: Cloud Run, IAP or a proxy may refuse it before. */
export const accessCheck: Check = {
  name: 'access',
  needs: ['answer'],
  examine: passGuard,
  advice: 'let the caller through what stands before the server',
}

async function passGuard({ server, chart }: Patient): Promise<Opinion> {
  const { front } = chart
  if (front === undefined) throw new Error('Cannot judge an answer that is not there')
  const isForbidden = front.status === 401 || front.status === 403
  const refused = refusal(`call ${server.url.host}`, server.url, front)
  if (refused.code === 'IAM_REFUSED' || (isForbidden && front.json === undefined)) throw refused
  return good('nobody refuses the call before Jupyter')
}
