import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { repositoryRoot } from './repository.ts'

/** A list of packages; its marker, written last, holds it: half-made or outdated is not ready. */
export interface Packages {
  readonly names: readonly string[]
  readonly marker: string
}

export const environmentFolder = join(repositoryRoot, '.venv')

export const basic: Packages = {
  names: ['jupyter_server', 'ipykernel', 'nbclient', 'nbconvert', 'ipywidgets'],
  marker: join(environmentFolder, 'installed.txt'),
}
export const plotting: Packages = {
  names: ['matplotlib'],
  marker: join(environmentFolder, 'installed-plotting.txt'),
}

/** The path of a program of the environment. */
export function environmentProgram(name: string): string {
  return join(environmentFolder, 'bin', name)
}

/** Whether the packages were installed, into an environment that was made where it lies now. */
export function isInstalled({ names, marker }: Packages): boolean {
  try {
    const installed = readFileSync(marker, 'utf8') === names.join('\n')
    return installed && existsSync(environmentProgram('python')) && wasMadeIn(environmentFolder)
  } catch {
    return false
  }
}

/** False for a copy: the programs that pip made still run the Python of the folder they came from. */
export function wasMadeIn(environment: string): boolean {
  const bin = join(environment, 'bin')
  const program = readFileSync(join(bin, 'jupyter'), 'utf8')
  const [, python] = /^(?:#!|'''exec' )"?(\/.+\/python[\d.]*)/m.exec(program) ?? []
  if (python === undefined || !existsSync(python)) return false
  return realpathSync(dirname(python)) === realpathSync(bin)
}
