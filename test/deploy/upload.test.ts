import { existsSync, readFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { beforeAll, expect, test } from '@jest/globals'
import { isRecord } from '../../src/util/record.ts'
import { Child } from '../support/child.ts'
import { describeWith } from '../support/describe_with.ts'
import { type Answer, httpRequest } from '../support/http_request.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { freePort } from '../support/port.ts'
import { deliveryOf, textMessage } from '../support/pubsub_delivery.ts'
import { repositoryRoot } from '../support/repository.ts'
import { runProgram } from '../support/run_program.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'

const reference = '/workspaces/JupyterAPI_Test.ipynb'

describeWith('gcloud', 'what gcloud uploads', () => {
  /** Of the repository. */
  let files: readonly string[]
  beforeAll(async () => {
    files = await uploaded('.')
  })

  test('includes the source and what its build needs', () => {
    const tops = new Set(files.map((file) => file.split('/')[0]))
    const needed = ['package.json', 'package-lock.json', 'tsconfig.json', 'src']
    expect(tops).toEqual(new Set(needed))
    expect(files).toContain('src/function.ts')
  })

  test('includes for Jupyter what its Dockerfile copies', async () => {
    expect((await uploaded('deploy/jupyter')).toSorted()).toEqual([
      'Dockerfile',
      'constraints.txt',
      'jupyter_server_config.py',
      'requirements.txt',
      'workspaces/JupyterAPI_Test.ipynb',
    ])
  })

  test('includes for the image of the command what its Dockerfile copies', async () => {
    await using folder = await ScratchFolder.make('command')
    for (const name of [
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'README.md',
      'src',
      'deploy',
    ]) {
      await cp(join(repositoryRoot, name), join(folder.path, name), { recursive: true })
    }
    const ignored = join(repositoryRoot, 'deploy/job/command.gcloudignore')
    await cp(ignored, join(folder.path, '.gcloudignore'))
    const ofImage = await uploaded(folder.path)
    expect(ofImage.filter((file) => !file.startsWith('src/')).toSorted()).toEqual([
      'deploy/Dockerfile',
      'deploy/Dockerfile.dockerignore',
      'package-lock.json',
      'package.json',
      'tsconfig.json',
    ])
    expect(ofImage).toContain('src/job.ts')
  })

  test('is built as Google builds it, without the tools of development, and the function and the HTTP service run the reference notebook', async () => {
    await using folder = await ScratchFolder.make('upload')
    for (const file of files) {
      await cp(join(repositoryRoot, file), join(folder.path, file))
    }
    await build(folder.path, ['ci', 'run gcp-build'])
    expect(tools().filter((name) => existsSync(join(folder.path, 'node_modules', name)))).toEqual(
      [],
    )
    await build(folder.path, ['prune --omit=dev'])
    expect(existsSync(join(folder.path, 'node_modules/esbuild'))).toBe(false)
    expect(existsSync(join(folder.path, 'build/bundle/page/index.html'))).toBe(true)
    await using jupyter = await JupyterServer.start()
    const answer15 = { outcome: 'succeeded', result: { data: { 'text/plain': '15' } } }
    await using messages = await Served.start(folder.path, functionArgs, jupyter)
    const message = deliveryOf(
      textMessage(`${jupyter.host} ${reference} -o /out.ipynb`),
      '1',
      'binary',
    )
    expect((await messages.post(message)).status).toBe(204)
    const lost = expect.stringContaining('"/out.ipynb" will be lost')
    expect(await messages.report()).toMatchObject({ ...answer15, warnings: [lost] })
    await using requests = await Served.start(folder.path, serviceArgs, jupyter)
    const { status, body } = await requests.post({
      path: `/run${reference}`,
      headers: {},
      body: '',
    })
    expect(status).toBe(200)
    expect(JSON.parse(body)).toMatchObject(answer15)
    expect(await jupyter.kernels()).toEqual([])
  }, 300_000)
})

async function uploaded(folder: string): Promise<readonly string[]> {
  const args = ['meta', 'list-files-for-upload', resolve(repositoryRoot, folder)]
  const list = await runProgram({ command: 'gcloud', args, env: process.env })
  return list.split('\n').filter((line) => line !== '')
}

/** The packages with which nbtrigger is developed, and which neither it nor its build needs. */
function tools(): readonly string[] {
  const { packages } = readJson('package-lock.json')
  const names = Object.keys(readJson('tools/package.json').devDependencies)
  const needed = neededFrom(packages, packages['']['devDependencies'])
  const found = names.filter(
    (name) => packages[`node_modules/${name}`].dev === true && !needed.has(name),
  )
  expect(found).toEqual(expect.arrayContaining(['deno', 'jest', 'playwright-core', 'typescript']))
  return found
}

type Names = Readonly<Record<string, string>>
type Packages = Readonly<
  Record<string, Readonly<{ dependencies?: Names; peerDependencies?: Names }> | undefined>
>

/** These packages, and what they need in turn. */
function neededFrom(packages: Packages, first: Names): ReadonlySet<string> {
  const found = new Set<string>()
  const open = Object.keys(first)
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue
    found.add(name)
    const { dependencies, peerDependencies } = packages[`node_modules/${name}`] ?? {}
    open.push(...Object.keys({ ...dependencies, ...peerDependencies }))
  }
  return found
}

function readJson(file: string) {
  return JSON.parse(readFileSync(join(repositoryRoot, file), 'utf8'))
}

/**
 * What the buildpack does where package.json has a script "gcp-build": `npm ci` with the development
 * dependencies, the script, and `npm prune`. Node.js 22 has npm 10.
 */
async function build(cwd: string, commands: readonly string[]): Promise<void> {
  const env = { ...process.env, npm_config_prefer_offline: 'true', npm_config_audit: 'false' }
  for (const command of commands) {
    const args = ['exec', '--yes', '--', 'npm@10', ...command.split(' ')]
    await runProgram({ command: 'npm', args, cwd, env })
  }
}

type Posted = ReturnType<typeof deliveryOf>

/** Node's arguments for the function, served by the framework that was installed with it. */
const functionArgs = ['node_modules/.bin/functions-framework', '--target=nbtrigger']
/** As deploy.sh tells the buildpack. */
const serviceArgs = ['build/bundle/service.js']

/** What was built, served. */
class Served implements AsyncDisposable {
  readonly #child: Child
  readonly #url: string

  private constructor(child: Child, url: string) {
    this.#child = child
    this.#url = url
  }

  static async start(
    cwd: string,
    args: readonly string[],
    jupyter: JupyterServer,
  ): Promise<Served> {
    const port = await freePort()
    const google = { LOG_EXECUTION_ID: 'true', NODE_ENV: 'production' }
    const child = await Child.start({
      command: process.execPath,
      args,
      cwd,
      env: {
        PATH: process.env['PATH'],
        PORT: String(port),
        ...google,
        JUPYTER_SERVER: jupyter.host,
        JUPYTER_TOKEN: jupyter.token,
        JUPYTER_STORAGE: 'temporary',
      },
    })
    const served = new Served(child, `http://127.0.0.1:${port}`)
    await child.untilListening(port)
    return served
  }

  async post({ path, headers, body }: Posted): Promise<Answer> {
    return await httpRequest(`${this.#url}${path}`, { method: 'POST', headers, body })
  }

  /** The last entry that it logged of a run. */
  async report(): Promise<unknown> {
    const find = () => this.#child.stdout.split('\n').map(readLine).find(isLast)
    return await this.#child.until('the last entry', find)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.end()
  }
}

function readLine(line: string): unknown {
  return line.startsWith('{') && line.endsWith('}') ? JSON.parse(line) : null
}

function isLast(entry: unknown): boolean {
  return isRecord(entry) && entry['event'] === 'run_finished'
}
