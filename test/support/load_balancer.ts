import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Child } from './child.ts'
import { requirePart } from './declared_parts.ts'
import { freePort } from './port.ts'
import { Opened } from './opened.ts'
import { haproxyProgram } from './parts.ts'
import { ScratchFolder } from './scratch_folder.ts'

/** haproxy in front of several servers, which get the requests in turns. */
export class LoadBalancer implements AsyncDisposable {
  /** "127.0.0.1:PORT" */
  readonly host: string
  readonly #opened: Opened

  private constructor(host: string, opened: Opened) {
    this.host = host
    this.#opened = opened
  }

  /** With affinity a client that gives its cookie back stays with one server, as on Cloud Run. */
  static async start(
    hosts: readonly string[],
    { affinity }: { readonly affinity: boolean },
  ): Promise<LoadBalancer> {
    requirePart('haproxy')
    await using opened = new Opened()
    const { path } = opened.use(await ScratchFolder.make('haproxy'))
    const port = await freePort()
    const file = join(path, 'haproxy.cfg')
    await writeFile(file, configurationOf(port, hosts, affinity))
    const args = ['-db', '-f', file]
    const child = opened.use(await Child.start({ command: haproxyProgram, args }))
    await child.untilListening(port)
    return new LoadBalancer(`127.0.0.1:${port}`, opened.move())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened[Symbol.asyncDispose]()
  }
}

function configurationOf(port: number, hosts: readonly string[], affinity: boolean): string {
  const servers = hosts.map((host, n) => `  server s${n} ${host} cookie s${n}\n`).join('')
  return `
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
frontend front
  bind 127.0.0.1:${port}
  default_backend servers
backend servers
  balance roundrobin
${affinity ? '  cookie GAESA insert indirect nocache\n' : ''}${servers}`
}
