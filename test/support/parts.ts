import { existsSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { repositoryRoot } from './repository.ts'

export const rKernelspec = '/usr/lib/R/site-library/IRkernel/kernelspec'
export const haproxyProgram = '/usr/sbin/haproxy'
export const chromiumProgram = '/usr/bin/chromium'
export const denoProgram = join(repositoryRoot, 'node_modules/.bin/deno')

/** What a machine may lack: what must be there, and how it gets there. */
const parts = {
  'debian-jupyter': {
    isThere: () => existsSync('/usr/bin/jupyter-server') && existsSync(debianKernelspec),
    advice: 'apt-get install --no-install-recommends jupyter-server python3-ipykernel',
  },
  'r-kernel': {
    isThere: () => existsSync(rKernelspec) && pathOf('R') !== undefined,
    advice: 'apt-get install --no-install-recommends r-cran-irkernel',
  },
  deno: { isThere: () => existsSync(denoProgram), advice: 'npm install' },
  haproxy: {
    isThere: () => existsSync(haproxyProgram),
    advice: 'apt-get install --no-install-recommends haproxy',
  },
  chromium: {
    isThere: () => existsSync(chromiumProgram),
    advice: 'apt-get install --no-install-recommends chromium',
  },
  openssl: { isThere: () => pathOf('openssl') !== undefined, advice: 'apt-get install openssl' },
  shellcheck: {
    isThere: () => pathOf('shellcheck') !== undefined,
    advice: 'apt-get install --no-install-recommends shellcheck',
  },
  gcloud: { isThere: () => pathOf('gcloud') !== undefined, advice: 'install the Google Cloud CLI' },
  'gcloud-pubsub-emulator': {
    isThere: () => pathOf('java') !== undefined && hasEmulator(),
    advice: 'install the Google Cloud CLI with its Pub/Sub emulator, and Java',
  },
} as const satisfies Record<string, { isThere: () => boolean; advice: string }>

export type Part = keyof typeof parts

const debianKernelspec = '/usr/share/jupyter/kernels/python3/kernel.json'

/** The first of `needed` that is missing here and how to get it; undefined when none is. */
export function missingPart(needed: readonly Part[]): string | undefined {
  const missing = needed.find((part) => !parts[part].isThere())
  return missing && `${missing} is missing: ${parts[missing].advice}`
}

function hasEmulator(): boolean {
  const gcloud = pathOf('gcloud')
  if (gcloud === undefined) return false
  return existsSync(join(dirname(realpathSync(gcloud)), '../platform/pubsub-emulator'))
}

function pathOf(program: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path))
}
