import { describe, expect, test } from '@jest/globals'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { command } from '../support/command.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
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

  test('deploy/Dockerfile.dockerignore includes what deploy/Dockerfile copies', async () => {
    const ignored = await readFile(join(repositoryRoot, 'deploy/Dockerfile.dockerignore'), 'utf8')
    const given = [...ignored.matchAll(/^!(.*)$/gm)].map(([, name]) => name)
    const dockerfile = await readFile(join(repositoryRoot, 'deploy/Dockerfile'), 'utf8')
    expect(new Set(copiedBy(dockerfile))).toEqual(new Set(given))
  })
})

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
