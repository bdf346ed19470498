import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import { connect, createServer, type Server } from 'node:net'

/** Below the ports that the system gives to whoever asks for any (Linux: from 32768). */
const firstPort = 10_000
/** Each worker process of jest has ports of its own: these for servers, the others for kernels. */
const portsForServers = 800
const portsForKernels = 2_000
const portsOfWorker = portsForServers + portsForKernels
const portsInRange = 400
const given = new Set<number>()
let ranges = 0

/**
 * A port of 127.0.0.1 that nobody listens on, and that nobody else gets who asks for any: until the
 * caller's server listens on it, others start servers, kernels and connections.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = firstPortOfWorker() + randomInt(portsForServers)
    if (given.has(port) || !(await canListen(port))) continue
    given.add(port)
    return port
  }
}

interface PortRange {
  readonly first: number
  readonly last: number
}

/**
 * Ports for the kernels of one server, 80 at once. Another server of this worker gets them too after
 * four others.
 */
export function kernelPorts(): PortRange {
  const first = firstPortOfWorker() + portsForServers + ((ranges * portsInRange) % portsForKernels)
  ranges += 1
  return { first, last: first + portsInRange - 1 }
}

function firstPortOfWorker(): number {
  return firstPort + (Number(process.env['JEST_WORKER_ID'] ?? 0) % 8) * portsOfWorker
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}

/** The port that the server listens on; throws when it listens on none. */
export function portOf(server: Pick<Server, 'address'>): number {
  const address = server.address()
  if (address !== null && typeof address === 'object') return address.port
  throw new Error('Cannot tell the port: the server does not listen on one')
}

/** Closes the server with all its connections; resolves when they are closed. */
export async function closeServer(server: HttpServer): Promise<void> {
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}

/** True when something listens on the port of 127.0.0.1, else undefined. */
export async function canConnect(port: number): Promise<true | undefined> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return undefined
  } finally {
    socket.destroy()
  }
}
