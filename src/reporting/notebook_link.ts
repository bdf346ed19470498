import type { RunReport } from '../events.ts'
import { encodedPath } from '../util/path_segments.ts'

/** The address in a browser of what was saved first; null for a file of some machine. */
export function notebookLink({
  outputs,
  server,
}: Pick<RunReport, 'outputs' | 'server'>): string | null {
  for (const address of outputs) {
    const encoded = encodedPath(address)
    const object = /^gs%3A\/\/(.*)$/s.exec(encoded)?.[1]
    if (object !== undefined)
      return `https://console.cloud.google.com/storage/browser/_details/${object}`
    if (address.startsWith('/') && server !== null) return `${server}lab/tree${encoded}`
  }
  return null
}
