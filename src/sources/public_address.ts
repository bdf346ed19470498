import { lookup, type LookupAddress, type LookupAllOptions } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { RunError } from '../errors.ts'
import { bareHost } from '../util/loopback.ts'
import { quoteForError } from '../util/text.ts'

/** Refuses a host that is a private address; a name is checked when it is looked up. */
export function checkLiteralAddress(host: string): void {
  const address = bareHost(host)
  if (isIP(address) !== 0 && !isPublicAddress(address)) throw privateAddress(host, address)
}

/** As `lookup()` of node:dns with `all`. */
export type LookupAll = (
  host: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/**
 * Looks up a name for a connection, and fails if any address of it is private, of which `onPrivateAddress` is
 * told. The connection goes to one of the addresses that were checked, so a name that leads elsewhere a
 * moment later does no harm.
 */
export function publicLookup(
  onPrivateAddress: (error: RunError) => void,
  lookupAll: LookupAll = lookup,
): LookupFunction {
  return (host, options, callback) => {
    lookupAll(host, { ...options, all: true }, (error, addresses) => {
      const found =
        error === null ? addresses.find(({ address }) => !isPublicAddress(address)) : null
      const addressError = found ? privateAddress(host, found.address) : null
      if (addressError !== null) onPrivateAddress(addressError)
      const problem = addressError ?? error
      const [first = { address: '', family: 0 }] = problem === null ? addresses : []
      if (options.all === true) callback(problem, problem === null ? addresses : [])
      else callback(problem, first.address, first.family)
    })
  }
}

/** Whether everyone on the internet reaches the same machine by it. */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.process(text) // an IPv4 address within an IPv6 one counts as what it is
  if (address.range() !== 'unicast') return false
  return address instanceof ipaddr.IPv4 || isGlobalUnicast(address)
}

/** 2000::/3: the rest of the addresses of IPv6 is for special purposes, or for none yet. */
function isGlobalUnicast({ parts: [first = 0] }: ipaddr.IPv6): boolean {
  return first >> 13 === 1
}

function privateAddress(host: string, address: string): RunError {
  const name = quoteForError(host)
  const what = `Cannot call ${name}: its address ${address} is not one of the public internet`
  const advice = 'put the notebook on the Jupyter Server, or into a bucket'
  return new RunError('SOURCE_NOT_ALLOWED', what, { advice })
}
