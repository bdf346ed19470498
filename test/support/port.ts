import { once } from 'node:events'
import type { Server as HttpServer } from 'node:http'
import { connect, createServer, type Server } from 'node:net'

/** A port of 127.0.0.1 that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)
  server.close()
  await once(server, 'close')
  return port
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
