import { good, warning, type Check, type Opinion } from './check.ts'
import type { Patient } from './patient.ts'

/** Which Jupyter Server it is: since 2.21 it lets us choose the kernel's id. */
export const versionCheck: Check = {
  name: 'version',
  needs: ['base URL'],
  examine: judgeVersion,
  advice: 'update the Jupyter Server',
}

async function judgeVersion({ chart }: Patient): Promise<Opinion> {
  const version = chart.front?.version ?? null
  if (version === null) {
    return warning('the server does not tell its version', 'use Jupyter Server 2.21 or newer')
  }
  chart.version = version
  if (isAtLeast(version, 2, 21)) return good(`Jupyter Server ${version}`)
  const what = `Jupyter Server ${version} chooses a kernel's id itself, so one whose start got lost may stay`
  return warning(what, 'update to 2.21 or newer, or have idle kernels culled')
}

export function isAtLeast(version: string, major: number, minor: number): boolean {
  const [first = 0, second = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  return first > major || (first === major && second >= minor)
}
