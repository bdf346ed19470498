import type { JupyterResponse } from '../../src/jupyter/response_error.ts'

/** A response of a server as our client reads it: 200 and empty, but for `changes`. */
export function jupyterResponse(changes: Partial<JupyterResponse>): JupyterResponse {
  return {
    status: 200,
    json: undefined,
    isHtml: false,
    location: null,
    serverName: '',
    setCookies: [],
    account: null,
    ...changes,
  }
}
