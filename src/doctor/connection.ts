import { once } from 'node:events'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, TLSSocket } from 'node:tls'
import { RunError } from '../errors.ts'
import { unreachable } from '../jupyter/refusal.ts'
import { deadline, noop } from '../lifetime.ts'
import { good, warning, type Check, type Opinion } from './check.ts'
import { withoutProxy } from './ignored_proxy.ts'
import type { Patient } from './patient.ts'

/** Whether somebody listens there and, with https, shows a certificate that is trusted. */
export const connectionCheck: Check = {
  name: 'connection',
  needs: ['name'],
  examine: (patient, signal) => withoutProxy(patient, () => openConnection(patient, signal)),
  advice: 'check the host and the port, and whether the server runs',
}

const soonDays = 14
const dayMs = 86_400_000

async function openConnection(
  { server, connectMs }: Patient,
  signal: AbortSignal,
): Promise<Opinion> {
  const { url } = server
  using limit = deadline(connectMs, () => notConnected(url, connectMs), signal)
  const startedTick = performance.now()
  const socket = connectTo(url)
  socket.on('error', noop) // what comes before it is awaited, or after
  try {
    await once(socket, socket instanceof TLSSocket ? 'secureConnect' : 'connect', {
      signal: limit.signal,
    })
    const ms = Math.round(performance.now() - startedTick)
    return socket instanceof TLSSocket ? secure(socket, ms) : good(`${url.host} opened in ${ms} ms`)
  } catch (cause) {
    limit.signal.throwIfAborted()
    throw unreachable(`connect to ${url.host}`, url, cause)
  } finally {
    socket.destroy()
  }
}

function connectTo(url: URL): Socket {
  const isSecure = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const place = { host, port: Number(url.port) || (isSecure ? 443 : 80) }
  return isSecure ? connectTls({ ...place, servername: isIP(host) ? '' : host }) : connect(place)
}

function secure(socket: TLSSocket, ms: number): Opinion {
  const { valid_to: end } = socket.getPeerCertificate()
  const days = Math.floor((Date.parse(end) - Date.now()) / dayMs)
  const what = `${socket.getProtocol()} in ${ms} ms, with a certificate that is good for ${days} days`
  return days < soonDays ? warning(what, 'renew the certificate') : good(what)
}

function notConnected({ host, protocol }: URL, connectMs: number): RunError {
  const hint = protocol === 'https:' ? '; if it speaks plain http, leave out --use-https' : ''
  const message = `Cannot connect to ${host}: it did not answer within ${connectMs / 1000} s${hint}`
  return new RunError('SERVER_UNREACHABLE', message)
}
