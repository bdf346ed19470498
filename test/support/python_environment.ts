import { mkdir, rm, writeFile } from 'node:fs/promises'
import { Child, isEnding } from './child.ts'
import { messageOf } from '../../src/errors.ts'
import {
  basic,
  environmentFolder,
  environmentProgram,
  isInstalled,
  plotting,
  type Packages,
} from './python_packages.ts'
import { runProgram } from './run_program.ts'

export interface PythonEnvironment {
  /** The path of a program of the environment. */
  bin(name: string): string
}

const lockProgram = `
import fcntl, os, sys
fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_EX)
print('locked', flush=True)
sys.stdin.read()`

const findProgram = `
import importlib.util, sys
sys.exit(not all(map(importlib.util.find_spec, sys.argv[1:])))`

let environment: Promise<PythonEnvironment> | undefined
let plottingEnvironment: Promise<PythonEnvironment> | undefined

/** The Python environment in .venv, made on first use: Jupyter Server and a Python kernel. */
export function pythonEnvironment(): Promise<PythonEnvironment> {
  return (environment ??= provide())
}

/** The same, and its kernel can draw plots. */
export function pythonWithPlots(): Promise<PythonEnvironment> {
  return (plottingEnvironment ??= providePlotting())
}

async function provide(): Promise<PythonEnvironment> {
  if (!(await isReady(basic))) {
    await requirePython()
    await whileLocked(async () => {
      if (!(await isReady(basic))) await make()
    })
  }
  return { bin: environmentProgram }
}

async function providePlotting(): Promise<PythonEnvironment> {
  await pythonEnvironment()
  if (!(await isReady(plotting))) {
    await whileLocked(async () => {
      if (!(await isReady(plotting))) await add(plotting)
    })
  }
  return { bin: environmentProgram }
}

/** Whether the environment's Python finds them, too: another version of it does not. */
async function isReady(packages: Packages): Promise<boolean> {
  if (!isInstalled(packages)) return false
  const args = ['-c', findProgram, ...packages.names]
  const found = runProgram({ command: environmentProgram('python'), args })
  return await found.then(
    () => true,
    () => false,
  )
}

async function requirePython(): Promise<void> {
  try {
    await runProgram({ command: 'python3', args: ['-c', 'import ensurepip, venv'] })
  } catch (cause) {
    const advice = 'install it (Debian: apt-get install python3 python3-venv)'
    const reason = `there is no python3 with its modules venv and ensurepip; ${advice}`
    throw new Error(`Cannot make the Python environment "${environmentFolder}": ${reason}`, {
      cause,
    })
  }
}

/** Holds Python's own lock on the folder, which the system lifts however its holder ends. */
async function whileLocked(work: () => Promise<void>): Promise<void> {
  await mkdir(environmentFolder, { recursive: true })
  const args = ['-c', lockProgram, environmentFolder]
  await using holder = await Child.start({ command: 'python3', args, stdin: 'pipe' })
  await holder.untilLine(/^locked$/, 900_000)
  await work()
}

async function make(): Promise<void> {
  tell(`Making the Python environment ${environmentFolder} (about 20 s, once)`)
  await rm(basic.marker, { force: true })
  await runProgram({ command: 'python3', args: ['-m', 'venv', '--clear', environmentFolder] })
  await add(basic)
}

async function add({ names, marker }: Packages): Promise<void> {
  const start = performance.now()
  tell(`Adding ${names.join(', ')} to the Python environment`)
  await install(names)
  await writeFile(marker, names.join('\n'))
  tell(`The Python environment is ready after ${((performance.now() - start) / 1000).toFixed(1)} s`)
}

/** Most failures of an index are final: pip's slow retries come only after a fast attempt. */
async function install(names: readonly string[]): Promise<void> {
  const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...names]
  const command = environmentProgram('python')
  try {
    await runProgram({ command, args: [...args, '--retries', '0'] })
  } catch (error) {
    if (isEnding()) throw error
    tell('pip did not get all packages at once: it tries again with patience')
    await runProgram({ command, args }).catch((cause: unknown) => {
      throw installFailure(names, cause)
    })
  }
}

function installFailure(names: readonly string[], cause: unknown): Error {
  const advice = `try it: ${environmentProgram('pip')} install ${names.join(' ')}`
  const reason = `pip does not get all of them, for the reason below; ${advice}`
  return new Error(`Cannot install ${names.join(', ')}: ${reason}\n${messageOf(cause)}`, { cause })
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`)
}
