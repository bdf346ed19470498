import type { ServerConfig } from '../../src/request/server_config.ts'
import { parseSource } from '../../src/sources/sources.ts'

export const token = 'secret-token-of-the-fake'

/** An nbformat 4 notebook of these code cells. */
export function notebookOf(sources: readonly string[], metadata: object = pythonMetadata): object {
  const cells = sources.map((source, place) => ({
    cell_type: 'code',
    id: `cell-${place}`,
    metadata: {},
    source,
    outputs: [],
    execution_count: null,
  }))
  return { nbformat: 4, nbformat_minor: 5, metadata, cells }
}

const pythonMetadata = { kernelspec: { name: 'python3', language: 'python' } }

/** Short limits, and nothing that is not asked for. */
export const plainRequest = {
  runId: 'run-1',
  messageId: 'm-1',
  notebook: parseSource('/folder/test.ipynb'),
  parameters: new Map(),
  secrets: [],
  destinations: [],
  protectedAddresses: [],
  kernelName: null,
  kernelEnv: new Map(),
  language: null,
  prepareOnly: false,
  reportMode: false,
  autosaveMs: 30_000,
  kernelId: null,
  hub: null,
  keepKernel: false,
  cwd: null,
  socketLifetimeMs: null,
  allowErrors: false,
  hidesInput: false,
  runTimeoutMs: 20_000,
  givenTimeoutMs: null,
  cellTimeoutMs: null,
  startTimeoutMs: 10_000,
  loopbackTimeoutMs: null,
  maxOutputMegabytes: 64,
  warnings: [],
}

/** A server that is called without a Google ID token. */
export function serverConfig(url: URL, jupyterToken: string): ServerConfig {
  return { url, token: jupyterToken, idTokenAudience: null, ignoredProxy: null }
}
