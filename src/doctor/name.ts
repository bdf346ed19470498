import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { unreachable } from '../jupyter/refusal.ts'
import { until } from '../lifetime.ts'
import { good, type Check, type Opinion } from './check.ts'
import { withoutProxy } from './ignored_proxy.ts'
import type { Patient } from './patient.ts'

/** Whether the host's name leads to an address. */
export const nameCheck: Check = {
  name: 'name',
  needs: [],
  examine: (patient, signal) => withoutProxy(patient, () => resolveName(patient, signal)),
  advice: 'check the host',
}

async function resolveName({ server }: Patient, signal: AbortSignal): Promise<Opinion> {
  const host = server.url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(host) !== 0) return good(`${host} is an address`)
  const found = lookup(host, { all: true }).catch((cause: unknown) => {
    throw unreachable(`look up "${host}"`, server.url, cause)
  })
  const addresses = await until(found, signal)
  return good(`${host} is ${addresses.map(({ address }) => address).join(', ')}`)
}
