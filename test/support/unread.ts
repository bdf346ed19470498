import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Sends a request on a connection of its own, from which nothing is read before `resume()`. */
export async function sendUnread(port: number, request: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.pause().on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(request)
  return socket
}

/** A GET request as text. */
export function getRequest(path: string, accept: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: ${accept}\r\n\r\n`
}
