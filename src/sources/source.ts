import type { Notebook } from '../jupyter/nbformat.ts'
import type { JupyterServer } from '../jupyter/server.ts'

/** Where a notebook comes from. */
export interface NotebookSource {
  /** The address by which the report, the log and the executed notebook name it: "/reports/daily.ipynb". */
  describe(): string
  /**
   * The path of the contents API that a kernel is started with: it works in this folder, or in the
   * folder of this file. No slash at its start.
   */
  readonly workingDirectory: string
  /** Reads the notebook; throws a RunError where it is not there, or is no notebook. */
  read(server: JupyterServer, signal: AbortSignal): Promise<Notebook>
}

/** One kind of source. */
export interface SourceKind {
  /** What stands before "://" in an address; null for addresses without a scheme. */
  readonly scheme: string | null
  /** Reads what stands behind the scheme; throws ARGUMENTS_INVALID. */
  readonly parse: (rest: string) => NotebookSource
}
