import { RunError } from '../errors.ts'
import { contentsError } from './contents.ts'
import type { JupyterResponse } from './response_error.ts'
import { type Call, responseLimits, type RestClient } from './rest.ts'

export interface NamedNotebook {
  /** Ends in ".ipynb"; becomes the title of the page. */
  readonly name: string
  /** nbformat 4. */
  readonly content: object
}

/** The server's own nbconvert, which not every server has. */
export class NbconvertApi {
  readonly #rest: RestClient

  constructor(rest: RestClient) {
    this.#rest = rest
  }

  /** Renders a notebook as an HTML page; throws OUTPUT_NOT_SAVED when nbconvert is missing or fails. */
  async renderHtml(notebook: NamedNotebook, signal: AbortSignal): Promise<string> {
    const call: Call = {
      purpose: 'render the notebook as a page',
      method: 'POST',
      body: { type: 'notebook', ...notebook },
      timeoutMs: 120_000,
      wantsText: true,
      limit: responseLimits.page,
    }
    const response = await this.#rest.call('nbconvert/html', call, signal)
    if (response.isHtml && response.text !== undefined) return response.text
    throw renderError(call.purpose, this.#rest.url, response)
  }
}

/** The error for a response that is not the page. nbconvert's reasons are pages, which are never shown. */
export function renderError(purpose: string, url: URL, response: JupyterResponse): RunError {
  const { status } = response
  if (status !== 404 && status !== 500) return contentsError(purpose, url, response)
  const install = 'install nbconvert beside the Jupyter Server'
  const [reason, advice] =
    status === 404
      ? ['the Jupyter Server has no nbconvert (404)', install]
      : ["the Jupyter Server's nbconvert fails (500)", `${install}, or look into the server's log`]
  return new RunError('OUTPUT_NOT_SAVED', `Cannot ${purpose}: ${reason}`, { advice })
}
