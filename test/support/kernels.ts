import { cp, mkdir, realpath, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { denoProgram, hasPart, rKernelspec } from './parts.ts'
import { repositoryRoot } from './repository.ts'

/** Makes `folder`, to be named in JUPYTER_PATH, offer the kernels besides Python that are here. */
export async function installOptionalKernels(folder: string): Promise<void> {
  if (hasPart('r-kernel')) await installRKernel(folder)
  if (hasPart('deno')) await installDenoKernel(folder)
}

/** Makes `folder`, to be named in JUPYTER_PATH, offer Debian's R kernel as "ir". */
export async function installRKernel(folder: string): Promise<void> {
  await cp(rKernelspec, join(folder, 'kernels/ir'), { recursive: true })
}

/** Makes `folder`, to be named in JUPYTER_PATH, offer the TypeScript kernel "deno". */
export async function installDenoKernel(folder: string): Promise<void> {
  await installKernel(folder, 'deno', {
    language: 'typescript',
    argv: [await realpath(denoProgram), 'jupyter', '--kernel', '--conn', '{connection_file}'],
    env: { DENO_DIR: join(folder, 'deno'), DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' },
  })
}

/**
 * Makes `folder`, to be named in JUPYTER_PATH, offer a "python3" that starts in a fraction of the
 * time: without a debugger, as where debugpy is not installed, and forked from a process that has
 * imported ipykernel, where `JupyterServer` starts it. Only its
 * command line, and the hash seed that it shares with others, tell it from the usual one.
 */
export async function installQuickPythonKernel(folder: string): Promise<void> {
  await installKernel(folder, 'python3', {
    display_name: 'Python 3 (ipykernel)',
    language: 'python',
    argv: ['python', quickKernels, '-f', '{connection_file}'],
  })
}

/** The program of that kernel. */
export const quickKernels = join(repositoryRoot, 'test/support/quick_kernels.py')

interface Kernelspec {
  readonly display_name?: string
  readonly language: string
  /** The program and its arguments; "{connection_file}" stands for what the kernel has to read. */
  readonly argv: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** Makes `folder`, to be named in JUPYTER_PATH, offer a kernel of this name. */
export async function installKernel(folder: string, name: string, spec: Kernelspec): Promise<void> {
  const place = join(folder, 'kernels', name)
  await mkdir(place, { recursive: true })
  const kernelspec = { display_name: name, ...spec }
  await writeFile(join(place, 'kernel.json'), JSON.stringify(kernelspec, null, 1))
}
