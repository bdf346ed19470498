import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isProgram, pathOf } from './program_path.ts'
import { isInstalled, plotting } from './python_packages.ts'
import { repositoryRoot } from './repository.ts'

export const debianJupyterProgram = '/usr/bin/jupyter-server'
export const rKernelspec = '/usr/lib/R/site-library/IRkernel/kernelspec'
export const haproxyProgram = '/usr/sbin/haproxy'
export const chromiumProgram = '/usr/bin/chromium'
export const denoProgram = join(repositoryRoot, 'node_modules/.bin/deno')
export const debianHubProgram = '/usr/bin/jupyterhub'
export const hubProxyProgram = join(
  repositoryRoot,
  'node_modules/configurable-http-proxy/bin/configurable-http-proxy',
)

/** Something that a machine may lack, and how to get it: Debian packages, or else what to do. */
interface PartSpec {
  readonly isThere: () => boolean
  readonly packages?: readonly string[]
  readonly advice?: string
}

const parts = {
  'debian-jupyter': {
    isThere: () => isProgram(debianJupyterProgram) && existsSync(debianKernelspec),
    packages: ['jupyter-server', 'python3-ipykernel'],
  },
  'r-kernel': {
    isThere: () => existsSync(rKernelspec) && isOnPath('R'),
    packages: ['r-cran-irkernel'],
  },
  deno: { isThere: () => isProgram(denoProgram), advice: 'npm install' },
  haproxy: { isThere: () => isProgram(haproxyProgram), packages: ['haproxy'] },
  chromium: { isThere: () => isProgram(chromiumProgram), packages: ['chromium'] },
  matplotlib: { isThere: () => isInstalled(plotting), advice: '.venv/bin/pip install matplotlib' },
  jupyterhub: {
    isThere: () => isProgram(debianHubProgram) && existsSync(hubProxyProgram),
    packages: ['jupyterhub', 'jupyter-server', 'python3-ipykernel'],
  },
  openssl: { isThere: () => isOnPath('openssl'), packages: ['openssl'] },
  curl: { isThere: () => isOnPath('curl'), packages: ['curl'] },
  git: { isThere: () => isOnPath('git'), packages: ['git'] },
  shellcheck: { isThere: () => isOnPath('shellcheck'), packages: ['shellcheck'] },
  gcloud: {
    isThere: () => isOnPath('gcloud'),
    advice: 'install the Google Cloud CLI (https://cloud.google.com/sdk/docs/install)',
  },
  'gcloud-pubsub-emulator': {
    isThere: hasEmulator,
    advice: 'add the component pubsub-emulator to the Google Cloud CLI',
  },
  java: { isThere: () => isOnPath('java'), packages: ['default-jre-headless'] },
} as const satisfies Record<string, PartSpec>

export type Part = keyof typeof parts

export const partNames: readonly Part[] = Object.keys(parts).filter(isPart)

const debianKernelspec = '/usr/share/jupyter/kernels/python3/kernel.json'

/** What PubsubEmulator needs. */
export const pubsubEmulatorParts = ['gcloud', 'gcloud-pubsub-emulator', 'java'] as const

/** The parts that are taken as missing: NBTRIGGER_TEST_WITHOUT has them with commas, or "all". */
const hidden = readHidden(process.env['NBTRIGGER_TEST_WITHOUT'] ?? '')

export function isPart(name: string): name is Part {
  return Object.hasOwn(parts, name)
}

export function hasPart(part: Part): boolean {
  return !hidden.has(part) && parts[part].isThere()
}

/** Those of `needed` that this machine lacks. */
export function missingParts(needed: readonly Part[]): readonly Part[] {
  return needed.filter((part) => !hasPart(part))
}

/** How to get these parts: one call of apt-get, and what else there is to do, a line each. */
export function adviceFor(missing: readonly Part[]): readonly string[] {
  const packages = packagesOf(missing)
  const install = `apt-get install --no-install-recommends ${packages.join(' ')}`
  const specs: readonly PartSpec[] = missing.map((part) => parts[part])
  const others = specs.flatMap(({ advice }) => advice ?? [])
  return packages.length === 0 ? others : [install, ...others]
}

/** The Debian packages that bring these parts, or all parts, each once. */
export function packagesOf(some: readonly Part[] = partNames): readonly string[] {
  const specs: readonly PartSpec[] = some.map((part) => parts[part])
  return [...new Set(specs.flatMap(({ packages }) => packages ?? []))]
}

function readHidden(text: string): ReadonlySet<Part> {
  const names = text.split(',').filter((name) => name !== '')
  if (names.includes('all')) return new Set(partNames)
  const unknown = names.filter((name) => !isPart(name))
  if (unknown.length === 0) return new Set(names.filter(isPart))
  const reason = `there is no part ${unknown.join(', ')}; there are ${partNames.join(', ')}`
  throw new Error(`Cannot read NBTRIGGER_TEST_WITHOUT: ${reason}`)
}

function hasEmulator(): boolean {
  const gcloud = pathOf('gcloud')
  if (gcloud === undefined) return false
  return existsSync(join(dirname(realpathSync(gcloud)), '../platform/pubsub-emulator'))
}

function isOnPath(program: string): boolean {
  return pathOf(program) !== undefined
}
