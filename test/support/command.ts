import { join } from 'node:path'
import { Child } from './child.ts'
import { repositoryRoot } from './repository.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** How the command ended, and all that it wrote. */
export interface Ended {
  readonly status: number | NodeJS.Signals
  readonly stdout: string
  readonly stderr: string
}

export const commandProgram = join(repositoryRoot, 'build/bundle/cli.js')

/** Where no Jupyter Server of the user is found that runs beside the tests. */
const noServers = { JUPYTER_RUNTIME_DIR: '/nonexistent' }

/** The built command in a process of its own, which knows of this environment and PATH only. */
export async function startCommand(
  args: readonly string[],
  environment: Environment,
  folder?: string,
): Promise<Child> {
  const all = [commandProgram, ...args]
  return startProgram(process.execPath, all, { ...noServers, ...environment }, folder)
}

export async function startProgram(
  program: string,
  args: readonly string[],
  environment: Environment,
  folder?: string,
): Promise<Child> {
  const env = { PATH: process.env['PATH'], ...environment }
  return Child.start({ command: program, args, env, ...(folder !== undefined && { cwd: folder }) })
}

/** Waits for the end; a program that runs longer hangs. */
export async function endOf(child: Child, limitMs = 60_000): Promise<Ended> {
  const status = await child.until('its end', () => child.status, limitMs)
  await child.ended()
  return { status, stdout: child.stdout, stderr: child.stderr }
}

/** Runs the command to its end. */
export async function command(
  args: readonly string[],
  environment: Environment,
  limitMs?: number,
): Promise<Ended> {
  await using child = await startCommand(args, environment)
  return await endOf(child, limitMs)
}
