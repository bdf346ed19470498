import type { GatewayStart } from './kernels.ts'

interface GatewaySettings {
  readonly kernelEnv: ReadonlyMap<string, string>
  /** The folder to work in, without slashes around it; null where none is named. */
  readonly cwd: string | null
  readonly startTimeoutMs: number
}

/**
 * How a Kernel Gateway or an Enterprise Gateway is to start a kernel. The variables that begin with
 * "KERNEL_" are those that an Enterprise Gateway knows; given ones go before these.
 */
export function gatewayStart({ kernelEnv, cwd, startTimeoutMs }: GatewaySettings): GatewayStart {
  return {
    env: {
      KERNEL_USERNAME: 'nbtrigger',
      KERNEL_LAUNCH_TIMEOUT: String(Math.ceil(startTimeoutMs / 1000)),
      ...(cwd === null ? {} : { KERNEL_WORKING_DIR: `/${cwd}` }),
      ...Object.fromEntries(kernelEnv),
    },
    timeoutMs: startTimeoutMs,
  }
}
