import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { jsonText } from '../../src/util/json.ts'
import { Child } from './child.ts'
import { requirePart } from './declared_parts.ts'
import { type Answer, httpRequest } from './http_request.ts'
import { type CellSource, notebookOf } from './notebook_file.ts'
import { Opened } from './opened.ts'
import { debianHubProgram, hubProxyProgram } from './parts.ts'
import { freePort } from './port.ts'
import { descendantsOf, endProcesses } from './processes.ts'
import { referenceNotebook } from './repository.ts'
import { ScratchFolder } from './scratch_folder.ts'

export interface HubOptions {
  readonly namedServers?: boolean
  /** How many servers with names a user may have. */
  readonly namedServerLimit?: number
}

/** Who may do what on the Hub of a test; each has a token of its own. */
export const roles = {
  /** What the documentation asks for. */
  runner: ['servers!user=ann', 'access:servers!user=ann'],
  reader: ['read:servers!user=ann', 'access:servers!user=ann'],
  stranger: ['access:servers!user=ann'],
} as const

export type Role = keyof typeof roles

interface HubParts {
  readonly child: Child
  readonly host: string
  readonly root: string
  readonly tokens: Readonly<Record<Role | 'admin', string>>
  readonly opened: Opened
}

/**
 * A real JupyterHub of Debian, whose users are ann and bob, behind configurable-http-proxy. Its
 * spawner takes the options `fail` (text) and `slow` (seconds).
 */
export class JupyterHub implements AsyncDisposable {
  /** "127.0.0.1:PORT" */
  readonly host: string
  /** The root folder of every server. */
  readonly root: string
  readonly tokens: HubParts['tokens']
  readonly #parts: HubParts

  private constructor(parts: HubParts) {
    this.host = parts.host
    this.root = parts.root
    this.tokens = parts.tokens
    this.#parts = parts
  }

  static async start(options: HubOptions = {}): Promise<JupyterHub> {
    requirePart('jupyterhub')
    await using opened = new Opened()
    const home = opened.use(await ScratchFolder.make('hub')).path
    const root = join(home, 'root')
    await mkdir(join(root, 'workspaces'), { recursive: true })
    await copyFile(referenceNotebook, join(root, 'workspaces/JupyterAPI_Test.ipynb'))
    const tokens = {
      runner: newToken(),
      reader: newToken(),
      stranger: newToken(),
      admin: newToken(),
    }
    const port = await freePort()
    const file = join(home, 'jupyterhub_config.py')
    const ports = { port, hub: await freePort(), proxy: await freePort() }
    await writeFile(file, configurationOf({ ...options, home, root, tokens, ports }))
    const child = opened.use(
      await Child.start({
        command: debianHubProgram,
        args: ['-f', file],
        env: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, LANG: 'C.UTF-8', HOME: home },
        cwd: home,
      }),
    )
    const host = `127.0.0.1:${port}`
    await child.until('an answer of JupyterHub', async () => {
      const answer = await httpRequest(`http://${host}/hub/api`).catch(() => undefined)
      return answer?.status === 200 || undefined
    })
    const hub = new JupyterHub({ child, host, root, tokens, opened: opened.move() })
    return hub
  }

  get output(): string {
    return this.#parts.child.output
  }

  /** Calls the Hub's API with all rights. */
  request(method: string, path: string, body?: object): Promise<Answer> {
    const text = body && JSON.stringify(body)
    return httpRequest(`http://${this.host}/hub/api${path}`, {
      method,
      headers: {
        Authorization: `token ${this.tokens.admin}`,
        ...(text && { 'Content-Length': String(Buffer.byteLength(text)) }), // else DELETE has none
      },
      ...(text && { body: text }),
    })
  }

  /** The names of a user's servers but the default one, also of those that do not run. */
  async servers(user: string): Promise<readonly string[]> {
    const { body } = await this.request('GET', `/users/${user}?include_stopped_servers`)
    const model: { readonly servers: object } = JSON.parse(body)
    return Object.keys(model.servers).filter((name) => name !== '')
  }

  async writeNotebook(path: string, cells: readonly CellSource[]): Promise<void> {
    const file = join(this.root, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, jsonText(notebookOf(cells, {}), 1))
  }

  /** Ends the Hub, the servers that it started, and their kernels. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { child, opened } = this.#parts
    const others = descendantsOf(child.pid)
    await child.end(20_000)
    await endProcesses(others)
    await opened[Symbol.asyncDispose]()
  }
}

interface Configuration extends HubOptions {
  readonly home: string
  readonly root: string
  readonly tokens: HubParts['tokens']
  readonly ports: { readonly port: number; readonly hub: number; readonly proxy: number }
}

function configurationOf(configuration: Configuration): string {
  const { home, root, tokens, ports, namedServers = true, namedServerLimit = 0 } = configuration
  const names: readonly Role[] = ['runner', 'reader', 'stranger']
  const services = [
    ...names.map((name) => ({ name, api_token: tokens[name] })),
    { name: 'tests', admin: true, api_token: tokens.admin },
  ]
  const loaded = [
    ...names.map((name) => ({ name: `role-${name}`, scopes: roles[name], services: [name] })),
    {
      name: 'role-tests',
      scopes: ['admin:users', 'admin:servers', 'access:servers', 'tokens'],
      services: ['tests'],
    },
  ]
  const proxy = [process.execPath, hubProxyProgram]
  const programArguments = ['--ServerApp.allow_root=True', `--ServerApp.root_dir=${root}`]
  const settings = {
    'JupyterHub.bind_url': `http://127.0.0.1:${ports.port}`,
    'JupyterHub.hub_bind_url': `http://127.0.0.1:${ports.hub}`,
    'JupyterHub.db_url': `sqlite:///${home}/hub.sqlite`,
    'JupyterHub.cookie_secret_file': `${home}/cookie_secret`,
    'JupyterHub.authenticator_class': 'dummy',
    'JupyterHub.spawner_class': 'simple',
    'JupyterHub.allow_named_servers': namedServers,
    'JupyterHub.named_server_limit_per_user': namedServerLimit,
    'JupyterHub.services': services,
    'JupyterHub.load_roles': loaded,
    'ConfigurableHTTPProxy.command': proxy,
    'ConfigurableHTTPProxy.api_url': `http://127.0.0.1:${ports.proxy}`,
    'ConfigurableHTTPProxy.pid_file': `${home}/proxy.pid`,
    'SimpleLocalProcessSpawner.home_dir_template': `${home}/{username}`,
    'Spawner.cmd': ['/usr/bin/python3', '-m', 'jupyterhub.singleuser'],
    'Spawner.args': programArguments,
    'Spawner.environment': {
      JUPYTERHUB_SINGLEUSER_APP: 'jupyter_server.serverapp.ServerApp',
    },
  }
  const lines = Object.entries(settings).map(
    ([name, value]) => `c.${name} = json.loads(${JSON.stringify(JSON.stringify(value))})`,
  )
  return `
import asyncio, json
c = get_config()
${lines.join('\n')}
c.Authenticator.allowed_users = {'ann', 'bob'}

async def prepare(spawner):
    options = spawner.user_options
    await asyncio.sleep(options.get('slow', 0))
    if 'fail' in options:
        raise RuntimeError(options['fail'])

c.Spawner.pre_spawn_hook = prepare
`
}

function newToken(): string {
  return randomBytes(24).toString('hex')
}
