import type { CommMessage } from './comm.ts'
import type { MimeBundle } from './notebook.ts'
import type { DisplayId } from './read_field.ts'

/** What a kernel says, flat, as far as a run listens; everything else is `other`. */
export type KernelMessage = MessageSource & MessageBody

export type MessageBody =
  | { readonly type: 'status'; readonly state: string }
  | { readonly type: 'execute_input'; readonly executionCount: number | null }
  | { readonly type: 'stream'; readonly name: 'stdout' | 'stderr'; readonly text: string }
  | ({ readonly type: 'execute_result'; readonly executionCount: number | null } & Display)
  | ({ readonly type: 'display_data' } & Display)
  | ({ readonly type: 'update_display_data' } & Display)
  | ({ readonly type: 'error' } & KernelError)
  | { readonly type: 'clear_output'; readonly wait: boolean }
  | ({ readonly type: 'execute_reply' } & ExecuteReply)
  | ({ readonly type: 'kernel_info_reply' } & KernelInfo)
  | ({ readonly type: 'comm_open' | 'comm_msg' } & CommMessage)
  /** What IPython knows of an object, as a person would read it. */
  | { readonly type: 'inspect_reply'; readonly text: string }
  | { readonly type: 'input_request' }
  | { readonly type: 'shutdown_reply' }
  | { readonly type: 'reconnected' }
  | { readonly type: 'other'; readonly name: string }
  | { readonly type: 'unreadable'; readonly bytes: number }
  | ({ readonly type: 'left_out' } & LeftOut)

export interface MessageSource {
  /** The id of our request that this answers; null when it answers none of anybody's. */
  readonly parentId: string | null
  /** The session of the client whose request this answers; null when it answers none. */
  readonly parentSession: string | null
  /** The kernel process that said it: another one means that the kernel was restarted. */
  readonly session: string | null
  /** When it was said, in ISO 8601; null when it does not say. */
  readonly date: string | null
}

/** Of a message only this is known: it was too large to be read, or too deep to be stored. */
export interface LeftOut {
  /** The message's type. */
  readonly name: string
  readonly bytes: number
  readonly reason: 'size' | 'depth'
}

export interface KernelInfo {
  /** "ipython" for Python. */
  readonly implementation: string
  /** What a notebook's metadata hold as `language_info`. */
  readonly languageInfo: Readonly<Record<string, unknown>>
}

export interface Display {
  readonly data: MimeBundle
  readonly metadata: Readonly<Record<string, unknown>>
  readonly displayId: DisplayId | null
}

export interface KernelError {
  readonly ename: string
  readonly evalue: string
  readonly traceback: readonly string[]
}

export interface ExecuteReply {
  /** Anything but `ok` is a failure; `aborted` never ran. */
  readonly status: string
  readonly executionCount: number | null
  readonly error: KernelError
  /**
   * `exit()` or `quit()` was called. IPython hands its argument on as the payload's `keepkernel`;
   * other kernels may hand on nothing of it (IRkernel always says `false`). null when it was not.
   */
  readonly exit: { readonly argument: unknown } | null
  /** The text that a pager would show, as for `obj?`. */
  readonly page: MimeBundle | null
  /** The value of each user expression that could be computed. */
  readonly expressions: ReadonlyMap<string, Pick<Display, 'data' | 'metadata'>>
}
