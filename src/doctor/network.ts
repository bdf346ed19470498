import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, TLSSocket } from 'node:tls'
import { asRunError, RunError } from '../errors.ts'
import { unreachable } from '../jupyter/response_error.ts'
import { deadline, noop, abortable } from '../util/abort.ts'
import { type Check, pass, type CheckResult, warning } from './check.ts'
import type { DoctorContext } from './context.ts'

/** Whether the host's name leads to an address. */
export const nameCheck: Check = {
  name: 'name',
  needs: [],
  examine: (context, signal) => withoutProxy(context, () => resolveName(context, signal)),
  advice: 'check the host',
}

async function resolveName({ server }: DoctorContext, signal: AbortSignal): Promise<CheckResult> {
  const host = server.url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(host) !== 0) return pass(`${host} is an address`)
  const found = lookup(host, { all: true }).catch((cause: unknown) => {
    throw unreachable(`look up "${host}"`, server.url, cause)
  })
  const addresses = await abortable(found, signal)
  return pass(`${host} is ${addresses.map(({ address }) => address).join(', ')}`)
}

/** What a check finds out that goes to the server directly, with a word of a proxy that is not used. */
async function withoutProxy(
  { ignoredProxy }: DoctorContext,
  examine: () => Promise<CheckResult>,
): Promise<CheckResult> {
  if (ignoredProxy === null) return await examine()
  try {
    const opinion = await examine()
    return { ...opinion, what: `${opinion.what}, without the proxy of ${ignoredProxy}` }
  } catch (error) {
    const { code, what, advice } = asRunError(error)
    const direct =
      `nbtrigger does not use the proxy of ${ignoredProxy}, so run it ` +
      'where the server is reached without one'
    throw new RunError(code, what, {
      advice: advice === null ? direct : `${advice}; ${direct}`,
      cause: error,
    })
  }
}

/** Whether somebody listens there and, with https, shows a certificate that is trusted. */
export const connectionCheck: Check = {
  name: 'connection',
  needs: ['name'],
  examine: (context, signal) => withoutProxy(context, () => openConnection(context, signal)),
  advice: 'check the host and the port, and whether the server runs',
}

const soonDays = 14
const dayMs = 86_400_000

async function openConnection(
  { server, connectMs }: DoctorContext,
  signal: AbortSignal,
): Promise<CheckResult> {
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
    return socket instanceof TLSSocket ? secure(socket, ms) : pass(`${url.host} opened in ${ms} ms`)
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

function secure(socket: TLSSocket, ms: number): CheckResult {
  const { valid_to: end } = socket.getPeerCertificate()
  const days = Math.floor((Date.parse(end) - Date.now()) / dayMs)
  const what = `${socket.getProtocol()} in ${ms} ms, with a certificate that is good for ${days} days`
  return days < soonDays ? warning(what, 'renew the certificate') : pass(what)
}

function notConnected({ host, protocol }: URL, connectMs: number): RunError {
  const advice = protocol === 'https:' ? 'if it speaks plain http, leave out --use-https' : null
  const what = `Cannot connect to ${host}: it did not answer within ${connectMs / 1000} s`
  return new RunError('SERVER_UNREACHABLE', what, { advice })
}
