import { RunError } from '../errors.ts'
import type { HandshakeRefused } from './socket.ts'

export function kernelDied(): RunError {
  return new RunError(
    'KERNEL_DIED',
    'Cannot go on: the kernel process ended; it may have run out of memory, crashed or been killed',
  )
}

export function kernelGone(id: string, reason: string): RunError {
  return new RunError('KERNEL_GONE', `Cannot go on: the kernel ${id} is gone, ${reason}`)
}

export function startFailed(name: string, reason: string): RunError {
  return new RunError('KERNEL_START_FAILED', `Cannot start the kernel "${name}": ${reason}`)
}

/** Why a kernel's WebSocket was refused although the kernel had been made. */
export function handshakeVerdict(name: string, refused: HandshakeRefused): RunError {
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
    return startFailed(
      name,
      'the server does not know it any more; if several instances answer at this address, ' +
        'run one (--max-instances=1) or turn on session affinity',
    )
  }
  return startFailed(
    name,
    `the server answers the WebSocket with ${status}; the kernel may have failed to start, ` +
      'or a proxy on the way may not let WebSockets through',
  )
}
