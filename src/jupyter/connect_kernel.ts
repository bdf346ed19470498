import { setTimeout as delay } from 'node:timers/promises'
import { RunError, type RunErrorOptions } from '../errors.ts'
import { deadline, noop, repeatedly } from '../util/abort.ts'
import { KernelChannel } from './channel.ts'
import { kernelInfoRequest } from './client_messages.ts'
import type { ChannelEndpoint, KernelsApi } from './kernels.ts'
import type { KernelMessage } from './messages.ts'
import { type ServerKernel, watchKernel } from './server_kernel.ts'
import { HandshakeRefused } from './socket.ts'

/** A kernel that has replied, and the channel on which it did. */
export interface ConnectedKernel {
  readonly onServer: ServerKernel
  readonly channel: KernelChannel
  readonly info: Extract<KernelMessage, { readonly type: 'kernel_info_reply' }>
}

export interface ConnectOptions {
  readonly kernels: KernelsApi
  readonly sessionId: string
  /** Takes the messages that come before the reply; what it throws ends the waiting. */
  readonly onMessage: (message: KernelMessage) => void
}

const watchIntervalMs = 2_000
/** When the kernel_info request is repeated; the time doubles up to the maximum. */
const repeatAfterMs = 1_000
const maxRepeatAfterMs = 15_000

/**
 * How long the handshake with a kernel that runs already may take before the socket is opened again.
 * Jupyter Server asks the kernel once before it answers the handshake, and waits 60 s for the reply
 * (`kernel_info_timeout`), which does not come where the kernel was restarted meanwhile.
 */
const reopenAfterMs = 5_000

/**
 * Connects to the kernel and waits until it replies to a kernel_info request. Throws KERNEL_START_FAILED
 * when the server gives the kernel up, TOKEN_REFUSED, why there is no connection, and the signal's reason.
 */
export async function connectKernel(
  onServer: ServerKernel,
  { kernels, sessionId, onMessage }: ConnectOptions,
  signal: AbortSignal,
): Promise<ConnectedKernel> {
  const { id, name, isFound } = onServer
  const gone = new AbortController()
  const onGone = () => gone.abort(startFailed(name, 'the server gave it up'))
  using _ = watchKernel({ kernels, id, intervalMs: watchIntervalMs }, { onGone })
  const either = AbortSignal.any([signal, gone.signal])
  const endpoint = kernels.channel(id, sessionId)
  const channel = await openChannel(endpoint, { reopens: isFound }, either).catch(
    (error: unknown) => {
      throw error instanceof HandshakeRefused ? handshakeError(name, error) : error
    },
  )
  try {
    // A run that uses the kernel already notices this one by it.
    if (isFound) channel.send(kernelInfoRequest(sessionId, 'control'))
    return {
      onServer,
      channel,
      info: await requestKernelInfo(channel, { sessionId, onMessage }, either),
    }
  } catch (error) {
    void channel[Symbol.asyncDispose]() // never rejects
    throw error
  }
}

/** `reopens`: whether it is opened once more where the server does not answer the handshake. */
async function openChannel(
  endpoint: ChannelEndpoint,
  { reopens }: { readonly reopens: boolean },
  signal: AbortSignal,
): Promise<KernelChannel> {
  if (reopens) {
    using limit = deadline(reopenAfterMs, notOpened, signal)
    try {
      return await KernelChannel.open(endpoint, limit.signal)
    } catch (error) {
      if (!limit.signal.aborted || signal.aborted) throw error
    }
  }
  return await KernelChannel.open(endpoint, signal)
}

function notOpened(): RunError {
  return new RunError('KERNEL_START_FAILED', 'Cannot open the WebSocket in time')
}

/**
 * Asks for `kernel_info`, again after a broken connection, and returns the reply. A server in gateway
 * mode may lose the first messages, so that the request is repeated until it is answered.
 */
async function requestKernelInfo(
  channel: KernelChannel,
  { sessionId, onMessage }: Pick<ConnectOptions, 'sessionId' | 'onMessage'>,
  signal: AbortSignal,
): Promise<ConnectedKernel['info']> {
  const requests = new Set<string | null>()
  const ask = () => {
    const request = kernelInfoRequest(sessionId)
    channel.send(request)
    requests.add(request.id)
  }
  using _ = repeatedly(ask, { firstMs: repeatAfterMs, maxMs: maxRepeatAfterMs })
  for (;;) {
    const message = await channel.next(signal)
    onMessage(message)
    if (message.type === 'reconnected') {
      requests.clear() // their replies may be those of a process that is gone
      ask()
    }
    if (message.type === 'kernel_info_reply' && requests.has(message.parentId)) return message
  }
}

/** After how many milliseconds without a reply another kernel is started, and after how many more the next. */
const spareAfterMs: readonly number[] = [6_000, 12_000]
/** How long one run's spare kernel keeps those of other runs waiting. */
const maxTurnMs = 6_000

type Connect = (signal: AbortSignal) => Promise<ConnectedKernel>

/**
 * Connects to a new kernel, and starts spare ones beside it as long as it does not reply; the first
 * to reply is returned, and the attempts with the others are stopped. Where the first one fails, this
 * fails; the failure of a spare is ignored.
 *
 * Jupyter Server chooses a kernel's ports before the kernel binds them, and another process may take
 * one in between (jupyter_client issue 487). Such a kernel ends and is restarted with other ports,
 * while the server waits at the old ones for 60 s. A kernel that is only slow loses nothing by a spare.
 */
export async function firstToConnect(
  connect: Connect,
  connectSpare: Connect,
  signal: AbortSignal,
): Promise<ConnectedKernel> {
  const over = new AbortController()
  const either = AbortSignal.any([signal, over.signal])
  const attempts = [connect(either)]
  try {
    for (const ms of spareAfterMs) {
      const passed = delay(ms, null, { signal: either }).catch(() => null)
      const connected = await Promise.race([...attempts, passed])
      if (connected !== null) return connected
      signal.throwIfAborted()
      attempts.push(inTurn(() => connectSpare(either)).catch(() => new Promise(noop)))
    }
    return await Promise.race(attempts)
  } finally {
    over.abort(new RunError('CANCELLED', 'Cannot go on: another kernel answered first'))
  }
}

let lastTurn: Promise<unknown> = Promise.resolve()

/** One after the other in this process: spare kernels of all its runs would slow down a busy server. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = lastTurn.then(work)
  lastTurn = Promise.race([result, delay(maxTurnMs, null, { ref: false })]).catch(noop)
  return result
}

function startFailed(name: string, reason: string, options: RunErrorOptions = {}): RunError {
  return new RunError(
    'KERNEL_START_FAILED',
    `Cannot start the kernel "${name}": ${reason}`,
    options,
  )
}

/** The error for a kernel whose WebSocket was refused although the kernel had started. */
function handshakeError(name: string, refused: HandshakeRefused): RunError {
  const { status } = refused
  if (status === 401 || status === 403) {
    return new RunError(
      'TOKEN_REFUSED',
      `Cannot connect to the kernel: the server refuses the WebSocket (${status}) though it took ` +
        'the token before',
      { cause: refused },
    )
  }
  if (status === 404) {
    return startFailed(name, 'the server does not know it any more', {
      advice:
        'if several instances answer at this address, run one (--max-instances=1) or turn on session affinity',
      cause: refused,
    })
  }
  return startFailed(
    name,
    `the server answers the WebSocket with ${status}; the kernel may have failed to start, ` +
      'or a proxy on the way may not let WebSockets through',
    { cause: refused },
  )
}
