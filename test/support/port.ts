import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import { connect, createServer, type Server } from 'node:net'

/** Below the ports that the system gives to whoever asks for any (Linux: from 32768). */
const firstPort = 15_000
/** Each worker process of jest has ports of its own. */
const portsOfWorker = 2_000
const given = new Set<number>()

/**
 * A port of 127.0.0.1 that nobody listens on, and that nobody else gets who asks for any: until the
 * caller's server listens on it, others start servers, kernels and connections.
 */
export async function freePort(): Promise<number> {
  const worker = Number(process.env['JEST_WORKER_ID'] ?? 0) % 8
  for (;;) {
    const port = firstPort + worker * portsOfWorker + randomInt(portsOfWorker)
    if (given.has(port) || !(await canListen(port))) continue
    given.add(port)
    return port
  }
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
