import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { noop } from '../util/abort.ts'
import type { Outgoing } from './paced_body.ts'

/** Of one connection: the request that is answered, and those that wait behind it. */
const maxRequests = 16

interface Connection {
  /** Requests that are not answered yet. */
  requests: number
  /** Ends when the last of them is answered. */
  answered: Promise<void>
}

/**
 * Answers the requests of a connection one after the other. A client may send more of them before it
 * reads an answer (RFC 9112, 9.3.2); Node would begin them all at once, and keep the answers of a
 * client that reads none.
 */
export class RequestPipeline {
  readonly #connections = new WeakMap<Socket, Connection>()

  /**
   * Waits until the requests before this one are answered; to be called as soon as it arrives. False
   * when the connection is closed: by the client, or here because too many requests wait on it.
   */
  async turn({ socket }: IncomingMessage, response: Outgoing): Promise<boolean> {
    const connection = this.#connectionOf(socket)
    if (connection.requests >= maxRequests) socket.destroy()
    if (socket.destroyed) return false
    connection.requests += 1
    const before = connection.answered
    const closed = new Promise<void>((resolve) => void response.once('close', resolve))
    const turn = before.then(() => !socket.destroyed)
    // A response whose turn has not come is not told that its connection is closed.
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
