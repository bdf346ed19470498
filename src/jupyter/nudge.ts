import { randomUUID } from 'node:crypto'
import { noop, until } from '../lifetime.ts'
import { kernelInfoRequest } from './client_messages.ts'
import { openSocket } from './socket.ts'

export interface NudgePlace {
  /** Of the kernel's channels, for a session of this id. */
  readonly url: (sessionId: string) => URL
  readonly headers: (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>
}

/**
 * A kernel that can be heard answers within 60 ms. The server's ear is there at most 200 ms after
 * the kernel, mostly within 80 ms: of 25 nudges at this time one came too early, of 13 at 60 ms three.
 */
const patienceMs = 80

/**
 * Jupyter Server 2 lets nothing through before it has itself heard the kernel put something out. It
 * asks the kernel as soon as a client connects, and again every 0.5 s; in a third of all starts its
 * ear at a kernel that is so young is not there yet, and misses the first answer. Whoever connects
 * makes it ask anew, so if the kernel is not heard in time, a second connection is opened for
 * the time until something comes through it.
 */
export class Nudge implements AsyncDisposable {
  readonly #over = new AbortController()
  readonly #timer: NodeJS.Timeout
  #connected: Promise<void> = Promise.resolve()

  constructor(place: NudgePlace) {
    this.#timer = setTimeout(() => {
      this.#connected = connectOnce(place, this.#over.signal).catch(noop) // it was an attempt
    }, patienceMs)
  }

  /** The kernel was heard: a second connection that is there already ends by itself. */
  heard(): void {
    clearTimeout(this.#timer)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.heard()
    this.#over.abort()
    await this.#connected
  }
}

/** Closed before the server has let it through, a connection would leave some servers' sockets open. */
async function connectOnce({ url, headers }: NudgePlace, signal: AbortSignal): Promise<void> {
  const sessionId = randomUUID()
  let end = noop
  const ended = new Promise<void>((resolve) => (end = resolve))
  const listener = { onOpen: noop, onFrame: end, onLeftOut: end, onClose: end }
  const place = { url: url(sessionId), headers: await headers(signal) }
  const socket = await openSocket(place, listener, signal)
  try {
    socket.send(kernelInfoRequest(sessionId).text)
    await until(ended, signal)
  } finally {
    await socket.close()
  }
}
