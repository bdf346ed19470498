import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { noop } from '../util/abort.ts'
import type { Outgoing } from './paced_body.ts'

/** Maximum for one connection: the request being answered and those waiting. */
const maxRequests = 16

interface Connection {
  /** Requests that are not answered yet. */
  requests: number
  /** Resolves when the last of them has been answered. */
  answered: Promise<void>
}

/**
 * Handles the requests of a connection one at a time. Clients may pipeline requests (RFC 9112,
 * 9.3.2); Node would start them all at once, and buffer the answers if the client reads none.
 */
export class RequestPipeline {
  readonly #connections = new WeakMap<Socket, Connection>()

  /**
   * Waits until the requests before this one are answered; call it as soon as a request arrives.
   * False when the connection is closed, by the client or here because too many requests wait on it.
   */
  async turn({ socket }: IncomingMessage, response: Outgoing): Promise<boolean> {
    const connection = this.#connectionOf(socket)
    if (connection.requests >= maxRequests) socket.destroy()
    if (socket.destroyed) return false
    connection.requests += 1
    const before = connection.answered
    const closed = new Promise<void>((resolve) => void response.once('close', resolve))
    const turn = before.then(() => !socket.destroyed)
    // A response that waits for its turn gets no `close` event when its connection closes.
    connection.answered = turn.then((isOurs) => (isOurs ? closed : undefined))
    void connection.answered.then(() => (connection.requests -= 1)).catch(noop)
    return await turn
  }

  #connectionOf(socket: Socket): Connection {
    const known = this.#connections.get(socket)
    if (known !== undefined) return known
    const connection = { requests: 0, answered: Promise.resolve() }
    this.#connections.set(socket, connection)
    return connection
  }
}
