import type { ParameterMap, Secret } from '../parameter.ts'

/** Everything one run needs to know, complete, checked and allowed. */
export interface RunRequest {
  /** Scheme, host, port and base URL, ending in a slash: "https://host/user/ann/". */
  readonly server: URL
  /** A path of Jupyter's contents API with one leading slash, not encoded: "/workspaces/my report.ipynb". */
  readonly notebook: string
  /** The Jupyter token, trimmed. */
  readonly token: string
  /** Of the Google ID token that goes along with every call; null for none. */
  readonly idTokenAudience: string | null
  readonly parameters: ParameterMap
  readonly secrets: readonly Secret[]
  /** Where the executed notebook goes, as it was asked for; not read yet. */
  readonly outputs: readonly string[]
  readonly kernelName: string | null
  /** A kernel that is there already and is left running. */
  readonly kernelId: string | null
  readonly keepKernel: boolean
  readonly allowErrors: boolean
  readonly verbose: boolean
  readonly json: boolean
  /** Limits in milliseconds; null is no limit. */
  readonly runTimeoutMs: number | null
  readonly cellTimeoutMs: number | null
  readonly startTimeoutMs: number
  /** How much output of one cell the executed notebook keeps. */
  readonly maxOutputMegabytes: number
  /** The variable that names a proxy, which is not used; null when there is none. */
  readonly ignoredProxy: string | null
  /** What was not done as it was asked, for the report. */
  readonly warnings: readonly string[]
}
