import { describe, expect, test } from '@jest/globals'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { Child } from '../support/child.ts'
import { command } from '../support/command.ts'
import { basesOf } from '../support/dockerfile.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { freePort } from '../support/port.ts'
import { pythonEnvironment } from '../support/python_environment.ts'
import { repositoryRoot } from '../support/repository.ts'
import { runProgram } from '../support/run_program.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'

const folder = join(repositoryRoot, 'deploy/jupyter')
const config = `--config=${join(folder, 'jupyter_server_config.py')}`
const token = '0123456789abcdef'.repeat(3)

describe('the Dockerfiles', () => {
  test.each([
    ['deploy/jupyter/Dockerfile', folder],
    ['deploy/Dockerfile', repositoryRoot],
  ])('%s copies files that exist', async (name, context) => {
    const sources = copiedBy(await readFile(join(repositoryRoot, name), 'utf8'))
    expect(sources.length).toBeGreaterThan(2)
    expect(sources.filter((source) => !existsSync(join(context, source)))).toEqual([])
  })

  test.each(['deploy/jupyter/Dockerfile', 'deploy/Dockerfile'])(
    '%s stands on an exact version of its base image',
    async (name) => {
      const bases = await basesOf(join(repositoryRoot, name))
      expect(new Set(bases).size).toBe(1)
      expect(bases[0]).toMatch(/^(python|node):\d+\.\d+\.\d+-[\w-]+@sha256:[0-9a-f]{64}$/)
    },
  )

  test('deploy/Dockerfile.dockerignore includes what deploy/Dockerfile copies', async () => {
    const ignored = await readFile(join(repositoryRoot, 'deploy/Dockerfile.dockerignore'), 'utf8')
    const given = [...ignored.matchAll(/^!(.*)$/gm)].map(([, name]) => name)
    const dockerfile = await readFile(join(repositoryRoot, 'deploy/Dockerfile'), 'utf8')
    expect(new Set(copiedBy(dockerfile))).toEqual(new Set(given))
  })
})

test('deploy/Dockerfile builds as Google does, from what is uploaded there too', async () => {
  const dockerfile = await readFile(join(repositoryRoot, 'deploy/Dockerfile'), 'utf8')
  const commands = [...dockerfile.matchAll(/^RUN (.*)$/gm)].map(([, words]) => words)
  expect(commands).toEqual(['npm ci', 'npm run gcp-build && npm prune --omit=dev'])
})

describe("the image's packages", () => {
  test('have exact versions, and so have those that they bring', async () => {
    const pins = linesOf(await readFile(join(folder, 'constraints.txt'), 'utf8'))
    expect(pins.filter((pin) => !/^[\w.-]+==\d[\w.]*$/.test(pin))).toEqual([])
    const required = linesOf(await readFile(join(folder, 'requirements.txt'), 'utf8'))
    expect(required.length).toBeGreaterThan(2)
    const python = await pythonEnvironment()
    const args = ['-c', findUnpinned, JSON.stringify(pins), JSON.stringify(required)]
    const unpinned = await runProgram({ command: python.bin('python'), args, env: process.env })
    expect(JSON.parse(unpinned)).toEqual([])
  })
})

/** Prints what is required, or brought by an installed package in its pinned version, without a pin. */
const findUnpinned = `
import json, sys
from importlib.metadata import PackageNotFoundError, requires, version
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pairs = [pin.split("==") for pin in json.loads(sys.argv[1])]
pins = {canonicalize_name(name): exact for name, exact in pairs}

def needs(name):
    try:
        if version(name) != pins[name]:
            return []
    except PackageNotFoundError:
        return []
    return requires(name) or []

image = {"python_version": "3.13", "sys_platform": "linux", "extra": ""}
needed = json.loads(sys.argv[2]) + [need for name in pins for need in needs(name)]
found = [Requirement(need) for need in needed]
wanted = {
    canonicalize_name(each.name)
    for each in found
    if each.marker is None or each.marker.evaluate(image)
}
print(json.dumps(sorted(wanted - set(pins))))
`

describe("the image's configuration", () => {
  test('runs notebooks with a token that their kernels do not inherit', async () => {
    await using secret = await secretFile(`${token}\n`)
    const env = { JUPYTER_TOKEN: '', JUPYTER_TOKEN_FILE: secret.file }
    await using server = await JupyterServer.start({ token, args: [config], env })
    const inherits = `import os\n${JSON.stringify(token)} in "\\n".join(os.environ.values())`
    await server.writeNotebook('environment.ipynb', [inherits])
    expect(await resultOf(server, '/environment.ipynb')).toBe('False')
    expect(server.output).not.toContain(token)
    expect(server.output).not.toMatch(/not recognized|Traceback/)
  })

  test('drops no output, and requires the token', async () => {
    await using secret = await secretFile(token)
    const env = { JUPYTER_TOKEN: '', JUPYTER_TOKEN_FILE: secret.file }
    await using server = await JupyterServer.start({ token, args: [config], env })
    const loud = 'for i in range(60): print("x" * 100_000)\n"all of it"'
    await server.writeNotebook('loud.ipynb', [loud])
    expect(await resultOf(server, '/loud.ipynb')).toBe("'all of it'")

    const status = async (path: string, headers = {}) =>
      (await fetch(`${server.url}${path}`, { headers, redirect: 'manual' })).status
    expect(await status('/api/kernels', { authorization: `token ${token}` })).toBe(200)
    expect(await status('/api')).toBe(200)
    for (const path of ['/api/kernels', '/api/contents', '/api/status', '/nowhere']) {
      expect(await status(path)).not.toBe(200)
    }
  })

  test('listens on the port of Cloud Run, and culls idle kernels', async () => {
    await using secret = await secretFile(token)
    const shown = await jupyter(['--show-config-json'], {
      PORT: '9191',
      JUPYTER_TOKEN_FILE: secret.file,
    })
    expect(JSON.parse(shown)).toMatchObject({
      ServerApp: { ip: '0.0.0.0', port: 9191 },
      MappingKernelManager: { cull_idle_timeout: 900, cull_interval: 60 },
    })
  })

  test('serves the folder of notebooks in the image', async () => {
    const text = await readFile(join(folder, 'jupyter_server_config.py'), 'utf8')
    const root = /root_dir = "(.*)"/.exec(text)?.[1]
    const dockerfile = await readFile(join(folder, 'Dockerfile'), 'utf8')
    expect(dockerfile).toContain(`install --directory --owner=jupyter ${root}\n`)
    expect(dockerfile).toContain(`workspaces ${root}/workspaces\n`)
  })

  test.each([
    { name: 'is empty', content: '\n', reason: 'the file is empty' },
    { name: 'is not there', content: null, reason: 'No such file or directory' },
  ])('starts no server when the token $name', async ({ content, reason }) => {
    await using secret = await secretFile(content)
    const started = jupyter([], { JUPYTER_TOKEN_FILE: secret.file })
    await expect(started).rejects.toThrow(reason)
  })
})

/** Without comments and empty lines. */
function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

function copiedBy(dockerfile: string): readonly string[] {
  const lines = [...dockerfile.matchAll(/^COPY (?!--from)(?:--\S+ )*(.+) \S+$/gm)]
  return lines.flatMap(([, sources = '']) => sources.split(' '))
}

/** The text of the notebook's result; an error when the run did not go perfectly. */
async function resultOf(server: JupyterServer, notebook: string): Promise<unknown> {
  const env = { JUPYTER_TOKEN: server.token }
  const { stdout } = await command([server.host, notebook, '--json'], env)
  const report = JSON.parse(stdout)
  expect(report).toMatchObject({ outcome: 'succeeded', outputComplete: true, warnings: [] })
  return report.result.data['text/plain']
}

async function secretFile(content: string | null) {
  const scratch = await ScratchFolder.make('secret')
  const file = join(scratch.path, 'token')
  if (content !== null) await writeFile(file, content)
  return Object.assign(scratch, { file })
}

async function jupyter(args: readonly string[], env: Record<string, string>): Promise<string> {
  const python = await pythonEnvironment()
  await using home = await ScratchFolder.make('home')
  return await runProgram({
    command: python.bin('jupyter'),
    args: ['server', '--allow-root', config, `--ServerApp.root_dir=${home.path}`, ...args],
    env: { PATH: `${python.bin('')}:${process.env['PATH']}`, HOME: home.path, ...env },
  })
}

describe('deploy/compose.yaml', () => {
  test('starts what the task of a job has: Jupyter, and nbtrigger beside it on loopback', async () => {
    const { services, secrets } = parse(
      await readFile(join(repositoryRoot, 'deploy/compose.yaml'), 'utf8'),
    )
    const { jupyter: server, nbtrigger } = services
    expect(existsSync(join(repositoryRoot, 'deploy', server.build, 'Dockerfile'))).toBe(true)
    const { context, dockerfile } = nbtrigger.build
    expect(existsSync(join(repositoryRoot, 'deploy', context, dockerfile))).toBe(true)
    expect(server.environment).toEqual({ PORT: '8888', JUPYTER_TOKEN_FILE: '/run/secrets/token' })
    expect(Object.keys(secrets)).toEqual(server.secrets)
    expect(nbtrigger).toMatchObject({
      network_mode: 'service:jupyter',
      depends_on: { jupyter: { condition: 'service_healthy' } },
      environment: { JUPYTER_SERVER: '127.0.0.1:8888' },
    })
  })

  test('takes a server for well once it answers', async () => {
    const { services } = parse(await readFile(join(repositoryRoot, 'deploy/compose.yaml'), 'utf8'))
    const [, , ...args] = services.jupyter.healthcheck.test
    const python = await pythonEnvironment()
    const isWell = async (url: string) => {
      const words = args.map((arg: string) => arg.replace('http://127.0.0.1:8888', url))
      await using child = await Child.start({ command: python.bin('python'), args: words })
      await child.ended()
      return child.status === 0
    }
    await using running = await JupyterServer.start()
    expect(await isWell(running.url)).toBe(true)
    expect(await isWell(`http://127.0.0.1:${await freePort()}`)).toBe(false)
  })
})
