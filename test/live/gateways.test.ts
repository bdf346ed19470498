import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { jsonText } from '../../src/util/json.ts'
import { runCommand } from '../support/command_run.ts'
import { runDoctor } from '../support/doctor_run.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { type GatewayOptions, KernelGateway } from '../support/kernel_gateway.ts'
import { notebookOf } from '../support/notebook_file.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { expectNoKernel } from './faults/cells.ts'

const having = (text: string): unknown => expect.stringContaining(text)

let back: JupyterServer
let folder: ScratchFolder
let file: string
beforeAll(async () => {
  back = await JupyterServer.start()
  folder = await ScratchFolder.make('gateways')
  file = join(folder.path, 'sum.ipynb')
  await writeFile(file, jsonText(notebookOf(['n = 40', 'n + 2'], {})))
})
afterAll(async () => {
  await back[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

async function runOn(gateway: KernelGateway, args: readonly string[] = []) {
  return await runCommand([gateway.host, `file:${file}`, ...args], { token: back.token })
}

describe.each([
  { kind: 'Kernel Gateway', options: { kind: 'Kernel Gateway' } },
  { kind: 'Enterprise Gateway', options: { kind: 'Enterprise Gateway', launchMs: 1_000 } },
] as const)('a $kind', ({ kind, options }) => {
  test('runs a notebook of this machine, in a kernel of the chosen id and environment', async () => {
    await using gateway = await KernelGateway.start(back, options)
    const args = ['--kernel-env', 'KERNEL_USERNAME=ann', '--kernel-env', 'TEAM=a b', '--cwd', '/w']
    const { report } = await runOn(gateway, args)
    expect(report).toMatchObject({
      outcome: 'succeeded',
      result: { data: { 'text/plain': '42' } },
      kernelDeleted: true,
      warnings: [],
    })
    expect(gateway.started).toMatchObject([
      {
        name: 'python3',
        kernel_id: report.kernel?.id,
        env: {
          KERNEL_ID: report.kernel?.id,
          KERNEL_USERNAME: 'ann',
          KERNEL_LAUNCH_TIMEOUT: '75',
          KERNEL_WORKING_DIR: '/w',
          TEAM: 'a b',
        },
      },
    ])
    await expectNoKernel(back)
  })

  test('has no notebooks, and is named', async () => {
    await using gateway = await KernelGateway.start(back, options)
    const args = [gateway.host, '/workspaces/JupyterAPI_Test.ipynb']
    const { report } = await runCommand(args, { token: back.token })
    expect(report.error).toMatchObject({
      code: 'NOTEBOOK_NOT_FOUND',
      message: having(`the server is a ${kind}, which has no files; name a notebook that comes`),
    })
  })

  test('is named by the doctor, and the rest is checked', async () => {
    await using gateway = await KernelGateway.start(back, options)
    const { findings, status } = await runDoctor([gateway.host], { JUPYTER_TOKEN: back.token })
    expect(status).toBe(0)
    expect(findings).toMatchObject({
      kind: { verdict: 'good', what: having(`a ${kind}, which has no files`) },
      instances: { verdict: 'skipped' },
      orphans: { verdict: 'skipped' },
      kernel: { verdict: 'good' },
      deletion: { verdict: 'good' },
    })
    await expectNoKernel(back)
  })
})

const refusals: readonly {
  name: string
  options: GatewayOptions
  args?: readonly string[]
  token?: string
  error: object
}[] = [
  {
    name: 'refuses the token',
    options: { kind: 'Kernel Gateway' },
    token: 'nonsense',
    error: { code: 'TOKEN_REFUSED' },
  },
  {
    name: 'has as many kernels as it may',
    options: { kind: 'Kernel Gateway', maxKernels: 0 },
    error: { code: 'KERNEL_START_FAILED', message: having('refuses it (403: Resource Limit)') },
  },
  {
    name: 'refuses a variable',
    options: { kind: 'Enterprise Gateway' },
    args: ['--kernel-env', 'PLACE=$HOME'],
    error: { code: 'KERNEL_START_FAILED', message: having("'PLACE' contains prohibited") },
  },
  {
    name: 'starts the kernel too late',
    options: { kind: 'Enterprise Gateway', launchMs: 6_500 },
    args: ['--start-timeout', '5'],
    error: { code: 'KERNEL_START_FAILED', message: having('within 5 s') },
  },
]

test.each(refusals)('a gateway that $name ends the run', async (row) => {
  await using gateway = await KernelGateway.start(back, row.options)
  const args = [gateway.host, `file:${file}`, ...(row.args ?? [])]
  const { report } = await runCommand(args, { token: row.token ?? back.token })
  expect(report).toMatchObject({ outcome: 'error', error: row.error })
  await expectNoKernel(back)
})

test('a Jupyter Server takes no variables for its kernels', async () => {
  const args = [back.host, '/workspaces/JupyterAPI_Test.ipynb', '--kernel-env', 'A=1']
  const { report } = await runCommand(args, { token: back.token })
  expect(report.error).toMatchObject({
    code: 'ARGUMENTS_INVALID',
    message: having('a Jupyter Server takes none for its kernels'),
  })
})
