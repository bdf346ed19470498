import { cp, mkdir, realpath, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { denoProgram, hasPart, rKernelspec } from './parts.ts'

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

interface Kernelspec {
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
