import { refusal } from '../jupyter/refusal.ts'
import { bad, good, type Check, type Opinion } from './check.ts'
import type { Patient } from './patient.ts'

/** Whether a Jupyter Server is at this path of the host. */
export const baseUrlCheck: Check = {
  name: 'base URL',
  needs: ['access'],
  examine: findJupyter,
  advice: 'check the host and --base-url',
}

async function findJupyter({ server, chart }: Patient): Promise<Opinion> {
  const { url } = server
  const { front } = chart
  if (front === undefined) throw new Error('Cannot judge an answer that is not there')
  if (front.version !== null) return good(`a Jupyter Server is at "${url.pathname}"`)
  // A Jupyter behind a login of its own refuses in JSON.
  if (front.status === 401 || front.status === 403) return good('something like Jupyter is there')
  if (front.baseUrl !== undefined && front.baseUrl !== url.pathname) {
    const what = `a Jupyter Server answers, but at "${front.baseUrl}" and not at "${url.pathname}"`
    return bad(what, `add --base-url ${front.baseUrl}`)
  }
  throw refusal(`find Jupyter at "${url.pathname}"`, url, front)
}
