import pRetry from 'p-retry'
import { isTemporary, RunError } from '../errors.ts'
import { lookalikeReason } from '../util/lookalikes.ts'
import { isRecord } from '../util/record.ts'
import { quoteForError } from '../util/text.ts'
import {
  type ContentsModel,
  contentsRefusal,
  type FolderEntry,
  noSuchFolder,
  readFolder,
  renderRefusal,
  sizeOf,
} from './contents.ts'
import { SessionCookies, type Credentials, XsrfToken } from './credentials.ts'
import { type ListedKernel, readKernelList } from './kernel_list.ts'
import { type Kernelspecs, readKernelspecs } from './kernelspecs.ts'
import { type Notebook, readNotebook } from './nbformat.ts'
import type { JupyterResponse, ProbeResponse } from './response.ts'
import { NoEffectError, responseError, serverMessage } from './response_error.ts'
import { answerLimits, type Call, callServer } from './rest.ts'

interface ParsedMessage {
  readonly call: Call
  readonly answer: JupyterResponse
}

export interface KernelPlace {
  /** Chosen by us before the request goes out; servers before 2.21 choose another one. */
  readonly id: string
  /** The kernelspec's name. */
  readonly name: string
  /** The notebook's path: the kernel works in its folder. */
  readonly path: string
}

/** One Jupyter Server's REST calls, one method each, with its answers read and its errors named. */
export class JupyterServer {
  readonly url: URL
  /** The headers of every call, the WebSocket's too. */
  readonly credentials: Credentials
  /** Whether it has done what we asked without knowing our token; false as long as nobody knows. */
  isOpen = false
  /** The error for those that are waited for at this moment; null where none are. */
  readonly credentialsLate: (time: string) => RunError | null
  readonly #affinity = new SessionCookies()
  readonly #xsrf = new XsrfToken()

  /** `credentialsLate` gives the error for credentials that did not come within a time, as "8 s". */
  constructor(
    url: URL,
    credentials: Credentials,
    credentialsLate: (time: string) => RunError | null = () => null,
  ) {
    this.url = url
    this.credentialsLate = credentialsLate
    this.credentials = this.#xsrf.beside(this.#affinity.beside(credentials))
  }

  /** Asks without a token whether a Jupyter Server answers; throws SERVER_UNREACHABLE if not yet. */
  async probe(signal: AbortSignal): Promise<void> {
    const answer = await this.look(signal)
    if (answer.version !== null) return
    // A Jupyter behind a login of its own refuses in JSON; whether our token opens it shows next.
    if ((answer.status === 401 || answer.status === 403) && answer.json !== undefined) return
    throw responseError(`call ${this.url.host}`, this.url, answer)
  }

  /** The answer, whatever it is, to the question who is there; it goes out without a token. */
  async look(signal: AbortSignal): Promise<ProbeResponse> {
    const call: Call = {
      purpose: `call ${this.url.host}`,
      probe: true,
      timeoutMs: 10_000,
      limit: answerLimits.version,
    }
    const answer = await this.#call('api', call, signal)
    const version = isRecord(answer.json) ? answer.json['version'] : null
    const isVersion = answer.status === 200 && typeof version === 'string'
    return { ...answer, version: isVersion ? version : null }
  }

  /** When the server was started, which tells one instance from another; null when it does not say. */
  async startedAt(signal: AbortSignal): Promise<string | null> {
    const call: Call = {
      purpose: 'ask for the state of the server',
      timeoutMs: 10_000,
      limit: answerLimits.status,
    }
    const answer = await this.#read('api/status', call, signal)
    if (answer.status !== 200) throw this.#responseError(call, answer)
    const started = isRecord(answer.json) ? answer.json['started'] : null
    return typeof started === 'string' ? started : null
  }

  async kernelspecs(signal: AbortSignal): Promise<Kernelspecs> {
    const call: Call = {
      purpose: 'list the kernels of the server',
      limit: answerLimits.kernelspecs,
    }
    const answer = await this.#read('api/kernelspecs', call, signal)
    const specs = answer.status === 200 ? readKernelspecs(answer.json) : null
    if (specs === null) throw this.#responseError(call, answer)
    return specs
  }

  /** Whether the server lists its kernels to somebody who has no token. */
  async takesNoToken(signal: AbortSignal): Promise<boolean> {
    const call: Call = {
      purpose: 'list the kernels of the server',
      probe: true,
      limit: answerLimits.kernelspecs,
    }
    const answer = await this.#read('api/kernelspecs', call, signal)
    return answer.status === 200 && readKernelspecs(answer.json) !== null
  }

  async notebook(path: string, signal: AbortSignal): Promise<Notebook> {
    const call: Call = {
      purpose: `read the notebook ${quoteForError(path)}`,
      limit: answerLimits.notebook,
    }
    const api = `api/contents${encodePath(path)}?type=notebook&content=1`
    const answer = await this.#read(api, call, signal)
    const { status, json } = answer
    if (status === 404) throw this.#notFound(path, { call, answer })
    if (status === 400) {
      throw new RunError('NOTEBOOK_INVALID', `Cannot ${call.purpose}: it is no notebook`)
    }
    if (status !== 200 || !isRecord(json)) throw this.#responseError(call, answer)
    return readNotebook(json['content'], path)
  }

  /** The folders and notebooks in a folder, by name. */
  async folder(path: string, signal: AbortSignal): Promise<readonly FolderEntry[]> {
    const call: Call = {
      purpose: `list the folder ${quoteForError(path)}`,
      limit: answerLimits.folder,
    }
    const api = `api/contents${encodePath(path)}?type=directory&content=1`
    const answer = await this.#read(api, call, signal)
    const entries = answer.status === 200 ? readFolder(answer) : null
    if (entries !== null) return entries
    const isMissing = (answer.status === 404 && !answer.isHtml) || answer.status === 400
    if (isMissing) throw noSuchFolder(call.purpose)
    throw this.#responseError(call, answer)
  }

  async hasFolder(path: string, signal: AbortSignal): Promise<boolean> {
    const call: Call = { purpose: `find the folder ${quoteForError(path)}` }
    const api = `api/contents${encodePath(path)}?type=directory&content=0`
    const answer = await this.#call(api, call, signal)
    if (answer.status === 404 && !answer.isHtml) return false
    if (answer.status === 200) return true
    throw contentsRefusal(call.purpose, this.url, answer)
  }

  /** Makes a folder or writes a file over what is there; the file's size, null when it is not told. */
  async putContents(
    path: string,
    model: ContentsModel,
    signal: AbortSignal,
  ): Promise<number | null> {
    const purpose =
      model.type === 'directory'
        ? `make the folder ${quoteForError(path)}`
        : `save ${quoteForError(path)}`
    const call: Call = { purpose, method: 'PUT', body: model, timeoutMs: 120_000 }
    const answer = await this.#call(`api/contents${encodePath(path)}`, call, signal)
    if (answer.status === 200 || answer.status === 201) return sizeOf(answer)
    throw contentsRefusal(purpose, this.url, answer)
  }

  /** The notebook as the server's own nbconvert shows it; `name` ends in ".ipynb". */
  async renderPage(
    notebook: { readonly name: string; readonly content: object },
    signal: AbortSignal,
  ): Promise<string> {
    const call: Call = {
      purpose: 'render the notebook as a page',
      method: 'POST',
      body: { type: 'notebook', ...notebook },
      timeoutMs: 120_000,
      wantsText: true,
      limit: answerLimits.page,
    }
    const answer = await this.#call('nbconvert/html', call, signal)
    if (answer.isHtml && answer.text !== undefined) return answer.text
    throw renderRefusal(call.purpose, this.url, answer)
  }

  /** Makes a kernel and returns the id that the server gave it; throws NoEffectError if none was made. */
  async createKernel({ id, name, path }: KernelPlace, signal: AbortSignal): Promise<string> {
    const call: Call = {
      purpose: `start the kernel "${name}"`,
      method: 'POST',
      body: { name, path, kernel_id: id },
    }
    const answer = await this.#call('api/kernels', call, signal)
    if (answer.status === 201) return createdId(answer) ?? id
    if (answer.status >= 300 && answer.status < 500) {
      const { code, what, advice } = this.#responseError(call, answer)
      throw new NoEffectError(code, what, { advice })
    }
    if (answer.status !== 500 && answer.status !== 501) throw this.#responseError(call, answer)
    throw new RunError(
      'KERNEL_START_FAILED',
      `Cannot ${call.purpose}: the server answers ${answer.status}${serverMessage(answer)}`,
      { advice: "look into the server's log, the kernelspec's program may be missing" },
    )
  }

  /** All kernels of the server. */
  async kernels(signal: AbortSignal): Promise<readonly ListedKernel[]> {
    const call: Call = { purpose: 'list the kernels that run', timeoutMs: 10_000 }
    const answer = await this.#read('api/kernels', call, signal)
    const kernels = answer.status === 200 ? readKernelList(answer.json) : null
    if (kernels === null) throw this.#responseError(call, answer)
    return kernels
  }

  /** The kernelspec's name of a kernel; null when the server has no such kernel. */
  async kernelName(id: string, signal: AbortSignal): Promise<string | null> {
    const call: Call = { purpose: `look after the kernel ${id}`, timeoutMs: 10_000 }
    const answer = await this.#read(kernelPath(id), call, signal)
    if (answer.status === 404 && isRecord(answer.json)) return null
    const name = isRecord(answer.json) ? answer.json['name'] : null
    if (answer.status !== 200 || typeof name !== 'string') throw this.#responseError(call, answer)
    return name
  }

  async interruptKernel(id: string, signal: AbortSignal): Promise<void> {
    const call: Call = { purpose: `interrupt the kernel ${id}`, method: 'POST', timeoutMs: 5_000 }
    const answer = await this.#call(`${kernelPath(id)}/interrupt`, call, signal)
    if (answer.status >= 300) throw this.#responseError(call, answer)
  }

  /** Sees that a kernel is not there any more; false when it was not there. */
  async deleteKernel(id: string, signal: AbortSignal): Promise<boolean> {
    const call: Call = { purpose: `delete the kernel ${id}`, method: 'DELETE', timeoutMs: 12_000 }
    // A kernel would stay, so that trouble may last a little longer here: some 4 s.
    const answer = await this.#read(kernelPath(id), call, signal, 4)
    if (answer.status === 204) return true
    if (answer.status === 404 && isRecord(answer.json)) return false
    throw this.#responseError(call, answer)
  }

  /** Where the kernel's messages come and go; `sessionId` lets the server know us again. */
  channelUrl(id: string, sessionId: string): URL {
    const url = new URL(`${kernelPath(id)}/channels?session_id=${sessionId}`, this.url)
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
    return url
  }

  async #call(path: string, call: Call, signal: AbortSignal): Promise<JupyterResponse> {
    const url = new URL(path, this.url)
    const answer = await callServer(url, this.credentials, call, signal)
    this.#affinity.addSecrets(answer.setCookies, call.probe ?? false)
    if (!this.#xsrf.isAskedFor(answer)) return answer
    const second = await callServer(url, this.credentials, call, signal) // the first did nothing
    this.isOpen = second.status < 400
    return second
  }

  /** A call that may be made twice without harm, so passing trouble is given more chances. */
  async #read(
    path: string,
    call: Call,
    signal: AbortSignal,
    retries = 2,
  ): Promise<JupyterResponse> {
    const attempt = async () => {
      const answer = await this.#call(path, call, signal)
      if (answer.status === 429 || answer.status >= 500) throw this.#responseError(call, answer)
      return answer
    }
    return await pRetry(attempt, {
      retries,
      minTimeout: 300,
      shouldRetry: ({ error }) => isTemporary(error),
      signal,
    })
  }

  /** The server's 404 for a file is JSON or plain text; one for an API it does not have is a page. */
  #notFound(path: string, { call, answer }: ParsedMessage): RunError {
    if (answer.isHtml) return this.#responseError(call, answer)
    const what = `Cannot ${call.purpose}: the server has no such file`
    const lookalike = lookalikeReason(path)
    if (lookalike !== null) {
      return new RunError('NOTEBOOK_NOT_FOUND', `${what}; ${lookalike.what}`, lookalike)
    }
    const advice = "the path starts at the server's root folder, as in JupyterLab's file list"
    return new RunError('NOTEBOOK_NOT_FOUND', what, { advice })
  }

  #responseError(call: Call, answer: JupyterResponse): RunError {
    return responseError(call.purpose, this.url, answer)
  }
}

function kernelPath(id: string): string {
  return `api/kernels/${encodeURIComponent(id)}`
}

/** "/a b/c.ipynb" to "/a%20b/c.ipynb"; the path has been checked for "." and "..". */
function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/')
}

function createdId(answer: JupyterResponse): string | null {
  const id = isRecord(answer.json) ? answer.json['id'] : null
  if (typeof id === 'string') return id
  return answer.location?.split('/').at(-1) ?? null
}
