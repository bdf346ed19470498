import type { Front } from '../jupyter/answer.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { Kernelspecs } from '../jupyter/kernelspecs.ts'
import type { Notebook } from '../jupyter/notebook.ts'
import type { JupyterServer } from '../jupyter/server.ts'

/** The server to be examined, and what a run would do there. */
export interface Patient {
  readonly server: JupyterServer
  /** The same server to somebody who was never there, and so has none of its cookies. */
  readonly asStranger: () => JupyterServer
  /** null when no notebook was named. */
  readonly notebookPath: string | null
  /** As they are asked for; null leaves the choice to the notebook and the server. */
  readonly kernelName: string | null
  readonly kernelId: string | null
  /** The variable that names a proxy, which is not used; null when there is none. */
  readonly ignoredProxy: string | null
  /** How long a server may take to wake up; 0 asks it once. */
  readonly wakeMs: number
  /** How long a connection may take to open. */
  readonly connectMs: number
  /** How long a kernel may take to start. */
  readonly startMs: number
  readonly chart: Chart
}

/** What the checks found out, for those that come after them. */
export interface Chart {
  /** The answer to the first call. */
  front?: Front
  version?: string
  kernelspecs?: Kernelspecs
  notebook?: Notebook
  /** The kernelspec that a run would start. */
  kernelspec?: string
  /** The doctor's own, running. */
  kernel?: Kernel
}
