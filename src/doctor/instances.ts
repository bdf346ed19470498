import type { JupyterServer } from '../jupyter/server.ts'
import { bad, good, skipped, warning, type Check, type Opinion } from './check.ts'
import type { Patient } from './patient.ts'

/** Whether a run stays with the instance that has its kernel: each tells when it was started. */
export const instancesCheck: Check = {
  name: 'instances',
  needs: ['token'],
  examine: countInstances,
  advice: 'run one instance (--max-instances=1), or turn on session affinity',
}

const calls = 6

async function countInstances(
  { server, asStranger }: Patient,
  signal: AbortSignal,
): Promise<Opinion> {
  const startOf = (asked: JupyterServer) => asked.startedAt(signal)
  const seen = await Promise.all(Array.from({ length: calls }, () => startOf(asStranger())))
  const own = await Promise.all(Array.from({ length: calls }, () => startOf(server)))
  if ([...seen, ...own].includes(null)) {
    const what = 'cannot be told from outside: the server does not say when it was started'
    return skipped(what, instancesCheck.advice)
  }
  if (new Set(own).size > 1) {
    const what = `${new Set(own).size} instances answer in turns, and only one of them has the kernel`
    return bad(what, instancesCheck.advice)
  }
  const count = new Set([...seen, ...own]).size
  if (count === 1) return good(`one instance answered ${2 * calls} calls`)
  const what = `${count} instances answer, and a cookie keeps a run with one of them as best it can`
  return warning(what, 'run one instance (--max-instances=1) if runs lose their kernels')
}
