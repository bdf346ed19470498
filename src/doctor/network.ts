import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, TLSSocket } from 'node:tls'
import { asRunError, RunError } from '../errors.ts'
import { unreachable } from '../jupyter/response_error.ts'
import { abortable, deadline, noop } from '../util/abort.ts'
import { dayMs } from '../util/duration.ts'
import { bareHost } from '../util/loopback.ts'
import { type Check, type CheckResult, type DoctorContext, pass, warning } from './check.ts'

/** Whether the host's name can be resolved. */
export const nameCheck: Check = {
  name: 'name',
  needs: [],
  run: (context, signal) => withoutProxy(context, () => resolveName(context, signal)),
  advice: 'check the host',
}

async function resolveName({ server }: DoctorContext, signal: AbortSignal): Promise<CheckResult> {
  const host = bareHost(server.url.hostname)
  if (isIP(host) !== 0) return pass(`${host} is an address`)
  const found = lookup(host, { all: true }).catch((cause: unknown) => {
    throw unreachable(`look up "${host}"`, server.url, cause)
  })
  const addresses = await abortable(found, signal)
  return pass(`${host} is ${addresses.map(({ address }) => address).join(', ')}`)
}

/** The result of a check that goes to the server directly, which names a proxy that is ignored. */
async function withoutProxy(
  { ignoredProxy }: DoctorContext,
  run: () => Promise<CheckResult>,
): Promise<CheckResult> {
  if (ignoredProxy === null) return await run()
  try {
    const result = await run()
    return { ...result, what: `${result.what}, without the proxy of ${ignoredProxy}` }
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

/** Whether a TCP connection opens and, with https, the certificate is trusted. */
export const connectionCheck: Check = {
  name: 'connection',
  needs: ['name'],
  run: (context, signal) => withoutProxy(context, () => openConnection(context, signal)),
  advice: 'check the host and the port, and whether the server runs',
}

/** A certificate that expires sooner is worth a warning. */
const minCertificateDays = 14

async function openConnection(
  { server, connectMs }: DoctorContext,
  signal: AbortSignal,
): Promise<CheckResult> {
  const { url } = server
  using limit = deadline(connectMs, () => notConnected(url, connectMs), signal)
  const startedTick = performance.now()
  const socket = connectTo(url)
  socket.on('error', noop) // once() handles errors while it waits
  try {
    await once(socket, socket instanceof TLSSocket ? 'secureConnect' : 'connect', {
      signal: limit.signal,
    })
    const ms = Math.round(performance.now() - startedTick)
    return socket instanceof TLSSocket
      ? certificateResult(socket, ms)
      : pass(`${url.host} opened in ${ms} ms`)
  } catch (cause) {
    limit.signal.throwIfAborted()
    throw unreachable(`connect to ${url.host}`, url, cause)
  } finally {
    socket.destroy()
  }
}

function connectTo(url: URL): Socket {
  const isSecure = url.protocol === 'https:'
  const host = bareHost(url.hostname)
  const endpoint = { host, port: Number(url.port) || (isSecure ? 443 : 80) }
  if (!isSecure) return connect(endpoint)
  return connectTls({ ...endpoint, servername: isIP(host) ? '' : host })
}

function certificateResult(socket: TLSSocket, ms: number): CheckResult {
  const { valid_to: end } = socket.getPeerCertificate()
  const days = Math.floor((Date.parse(end) - Date.now()) / dayMs)
  const what = `${socket.getProtocol()} in ${ms} ms, with a certificate that is good for ${days} days`
  return days < minCertificateDays ? warning(what, 'renew the certificate') : pass(what)
}

function notConnected({ host, protocol }: URL, connectMs: number): RunError {
  const advice = protocol === 'https:' ? 'if it speaks plain http, leave out --use-https' : null
  const what = `Cannot connect to ${host}: it did not answer within ${connectMs / 1000} s`
  return new RunError('SERVER_UNREACHABLE', what, { advice })
}
