import { join } from 'node:path'
import { requirePart } from './declared_parts.ts'
import { Opened } from './opened.ts'
import { runProgram } from './run_program.ts'
import { ScratchFolder } from './scratch_folder.ts'

/** A self-signed certificate for 127.0.0.1 and localhost; `cert` and `key` are PEM files. */
export class Certificate implements AsyncDisposable {
  readonly cert: string
  readonly key: string
  readonly #opened: Opened

  private constructor(folder: string, opened: Opened) {
    this.cert = join(folder, 'cert.pem')
    this.key = join(folder, 'key.pem')
    this.#opened = opened
  }

  static async make(): Promise<Certificate> {
    requirePart('openssl')
    await using opened = new Opened()
    const { path } = opened.use(await ScratchFolder.make('certificate'))
    const names = 'subjectAltName=IP:127.0.0.1,DNS:localhost'
    const kind = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2']
    const subject = ['-subj', '/CN=localhost', '-addext', names]
    const files = ['-keyout', join(path, 'key.pem'), '-out', join(path, 'cert.pem')]
    await runProgram({ command: 'openssl', args: ['req', ...kind, ...subject, ...files] })
    return new Certificate(path, opened.move())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened[Symbol.asyncDispose]()
  }
}
