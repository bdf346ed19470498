import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { FrameSieve, type OnLeftOut } from './frame_sieve.ts'

/** Makes the connections of a WebSocket to `url`: messages above `maxBytes` never come out of them. */
export function siftedConnection(url: URL, maxBytes: number, onLeftOut: OnLeftOut): () => Socket {
  const isSecure = url.protocol === 'wss:'
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const place = { host, port: Number(url.port) || (isSecure ? 443 : 80) }
  return () => {
    const servername = isIP(host) ? '' : host
    const socket = isSecure ? connectTls({ ...place, servername }) : connect(place)
    return sifted(socket, new FrameSieve(maxBytes, onLeftOut))
  }
}

/** The socket, with the sieve between the network and whoever reads from it. */
function sifted(socket: Socket, sieve: FrameSieve): Socket {
  const push = socket.push.bind(socket)
  socket.push = (bytes: Buffer | null) => {
    const parts = bytes === null ? [sieve.end()] : sieve.sift(bytes)
    const wantsMore = parts.map((part) => part.length === 0 || push(part)).every(Boolean)
    return bytes === null ? push(null) : wantsMore
  }
  return socket
}
