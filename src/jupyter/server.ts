import type { RunError } from '../errors.ts'
import { ContentsApi } from './contents.ts'
import type { Credentials } from './credentials.ts'
import { KernelsApi } from './kernels.ts'
import { KernelspecsApi } from './kernelspecs.ts'
import { NbconvertApi } from './nbconvert.ts'
import { RestClient } from './rest.ts'
import { StatusApi } from './status.ts'

/** One Jupyter Server: each of its APIs apart, all of them over one session. */
export class JupyterServer {
  readonly rest: RestClient
  readonly status: StatusApi
  readonly kernelspecs: KernelspecsApi
  readonly kernels: KernelsApi
  readonly contents: ContentsApi
  readonly nbconvert: NbconvertApi

  /** `credentialsLate` gives the error for credentials that did not come within a time, as "8 s". */
  constructor(
    url: URL,
    credentials: Credentials,
    credentialsLate?: (time: string) => RunError | null,
  ) {
    this.rest = new RestClient(url, credentials, credentialsLate)
    this.status = new StatusApi(this.rest)
    this.kernelspecs = new KernelspecsApi(this.rest)
    this.kernels = new KernelsApi(this.rest)
    this.contents = new ContentsApi(this.rest)
    this.nbconvert = new NbconvertApi(this.rest)
  }

  /** The server's address with its base URL, ending in a slash. */
  get url(): URL {
    return this.rest.url
  }
}
