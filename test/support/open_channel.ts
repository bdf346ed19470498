import { KernelChannel } from '../../src/jupyter/channel.ts'
import { tokenCredentials } from '../../src/jupyter/credentials.ts'
import { Kernel } from '../../src/jupyter/kernel.ts'
import { JupyterServer } from '../../src/jupyter/server.ts'
import type { FakeJupyter } from './fake_jupyter.ts'
import { token } from './fake_request.ts'
import { neverAborts } from './observe.ts'

const id = '0b5a5f27-1111-4222-8333-944455556666'

export function serverOf({ url }: FakeJupyter): JupyterServer {
  return new JupyterServer(url, tokenCredentials(token))
}

/** A channel to a kernel that it makes on the server. */
export async function openChannel(jupyter: FakeJupyter): Promise<KernelChannel> {
  const server = serverOf(jupyter)
  jupyter.addKernel(id)
  return KernelChannel.open(server.kernels.channel(id, 'session-1'), neverAborts)
}

/** A new kernel, connected. */
export async function connectKernel(jupyter: FakeJupyter): Promise<Kernel> {
  const kernel = await makeKernel(jupyter)
  await kernel.connect(neverAborts)
  return kernel
}

/** A new kernel that nobody listens to yet. */
export async function makeKernel(
  jupyter: FakeJupyter,
  keep = false,
  signal = neverAborts,
): Promise<Kernel> {
  const kernel = Kernel.create(serverOf(jupyter).kernels, { name: 'python3', keep })
  await kernel.start('n.ipynb', signal)
  return kernel
}
