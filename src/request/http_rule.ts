import { BlockList, isIP } from 'node:net'
import { RunError } from '../errors.ts'
import { variableOf, type Caller, type Env } from './environment.ts'
import { hostName } from './host.ts'

const privateNetworks = new BlockList()
privateNetworks.addSubnet('127.0.0.0', 8)
privateNetworks.addSubnet('10.0.0.0', 8)
privateNetworks.addSubnet('172.16.0.0', 12)
privateNetworks.addSubnet('192.168.0.0', 16)
privateNetworks.addAddress('::1', 'ipv6')
privateNetworks.addSubnet('fc00::', 7, 'ipv6')

/** Refuses to send the token unencrypted where strangers could read it on the way. */
export function checkHttp(url: URL, env: Env, caller: Caller): void {
  if (url.protocol === 'https:') return
  const host = hostName(url)
  const cannot = `Cannot call "${url.host}" over plain http`
  if (host === 'run.app' || host.endsWith('.run.app')) {
    throw refused(`${cannot}: Cloud Run speaks https; add --use-https`)
  }
  const allowed = variableOf(env, 'NBTRIGGER_ALLOW_HTTP') === '1'
  if (caller === 'command' || allowed || isPrivate(host)) return
  throw refused(
    `${cannot}: the token would cross a public network unencrypted; ` +
      'add --use-https, or set NBTRIGGER_ALLOW_HTTP=1 for the function',
  )
}

function isPrivate(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1')
  const family = isIP(address)
  if (family !== 0) return privateNetworks.check(address, family === 6 ? 'ipv6' : 'ipv4')
  if (host === 'metadata.google.internal') return false
  return host === 'localhost' || host.endsWith('.localhost') || host.endsWith('.internal')
}

function refused(message: string): RunError {
  return new RunError('HTTP_NOT_ALLOWED', message)
}
