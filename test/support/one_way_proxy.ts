import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { portOf } from './port.ts'

/**
 * A TCP proxy that does not tell the server when a client disconnects, as Cloud Run does not over
 * HTTP/1.1: its connection to the server stays open until the server closes it.
 */
export class OneWayProxy implements AsyncDisposable {
  readonly url: string
  readonly #listener: Server
  readonly #sockets: Set<Socket>

  private constructor(listener: Server, sockets: Set<Socket>, port: number) {
    this.url = `http://127.0.0.1:${port}`
    this.#listener = listener
    this.#sockets = sockets
  }

  static async start(port: number): Promise<OneWayProxy> {
    const sockets = new Set<Socket>()
    const listener = createServer({ allowHalfOpen: true }, (client) => {
      const server = connect(port, '127.0.0.1')
      for (const socket of [client, server]) {
        sockets.add(socket)
        socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
      }
      client.pipe(server, { end: false })
      server.on('data', (chunk) => void (client.destroyed || client.write(chunk)))
      server.on('end', () => client.end())
    }).listen(0, '127.0.0.1')
    await once(listener, 'listening')
    return new OneWayProxy(listener, sockets, portOf(listener))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#listener.close()
    await once(this.#listener, 'close')
  }
}
