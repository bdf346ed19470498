import { writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { pythonEnvironment } from '../support/python_environment.ts'
import { repositoryRoot } from '../support/repository.ts'
import { runProgram } from '../support/run_program.ts'
import { readSample, secondsSince } from './ours.ts'
import type { PlainWork } from './peers/plain.ts'
import type { BenchNotebook, Place } from './place.ts'
import type { Sample } from './row.ts'

type NodePeer = 'plain_command' | 'services_command'

const peers = join(repositoryRoot, 'build/test/bench/peers')
const nbclientProgram = join(repositoryRoot, 'test/bench/peers/execute.py')

/** nbclient on a kernel that it starts by itself; its own figures, without the start of Python. */
export async function withNbclient({ server }: Place, { file }: BenchNotebook): Promise<Sample> {
  return readSample(await runPython('python', [nbclientProgram, file, dirname(file)], server.root))
}

/** `jupyter execute` as a whole process. */
export async function withJupyterExecute(
  { server }: Place,
  { file }: BenchNotebook,
): Promise<Sample> {
  const startedTick = performance.now()
  await runPython('jupyter-execute', [file], server.root)
  return { seconds: secondsSince(startedTick) }
}

async function runPython(program: string, args: readonly string[], home: string): Promise<string> {
  const python = await pythonEnvironment()
  const path = [python.bin(''), process.env['PATH']].join(delimiter)
  const env = { PATH: path, LANG: 'C.UTF-8', HOME: home, IPYTHONDIR: join(home, '.ipython') }
  return await runProgram({ command: python.bin(program), args, env, cwd: home })
}

/** A Node peer against the server: what it says of itself, and how long the whole process took. */
export async function withNodePeer(
  peer: NodePeer,
  { server }: Place,
  { notebook, pongs = false }: { readonly notebook: BenchNotebook; readonly pongs?: boolean },
): Promise<{ readonly inside: Sample; readonly whole: Sample }> {
  const { host, token } = server
  const work: PlainWork = { host, token, cells: notebook.cells, pongs }
  const list = `${notebook.file}.json`
  await writeFile(list, JSON.stringify(work))
  const args = [join(peers, `${peer}.js`), list]
  const startedTick = performance.now()
  const stdout = await runProgram({ command: process.execPath, args, env: { PATH: '' } })
  const inside = readSample(stdout)
  return { inside, whole: { ...inside, seconds: secondsSince(startedTick) } }
}
