import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { endOf, type Ended, startCommand } from '../support/command.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { Opened } from '../support/opened.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'

const opened = new Opened()
let runtime: string
let sales: JupyterServer
let stock: JupyterServer

beforeAll(async () => {
  runtime = opened.use(await ScratchFolder.make('runtime')).path
  const env = { JUPYTER_RUNTIME_DIR: runtime }
  sales = opened.use(await JupyterServer.start({ env }))
  stock = opened.use(await JupyterServer.start({ env, baseUrl: '/user/ann' }))
  await sales.writeNotebook('sales.ipynb', ['"of sales"'])
  await stock.writeNotebook('week 1/stock.ipynb', ['import os', 'os.path.basename(os.getcwd())'])
})
afterAll(() => opened[Symbol.asyncDispose]())

/** The command without JUPYTER_SERVER and JUPYTER_TOKEN, started in a folder. */
async function commandIn(folder: string, ...args: readonly string[]): Promise<Ended> {
  await using child = await startCommand(args, { JUPYTER_RUNTIME_DIR: runtime }, folder)
  const ended = await endOf(child)
  for (const text of [ended.stdout, ended.stderr]) {
    expect(text).not.toContain(sales.token)
    expect(text).not.toContain(stock.token)
  }
  return ended
}

describe('a server on the same machine', () => {
  test('is the one whose root folder holds the notebook, and is named', async () => {
    const { status, stdout, stderr } = await commandIn(sales.root, './sales.ipynb')
    expect([status, stdout]).toEqual([0, expect.stringContaining('of sales')])
    expect(stderr).toContain(`Using the Jupyter Server at ${sales.url}/, which runs here in "`)
    expect(stderr).toContain('Running /sales.ipynb on ')
  })

  test('is called with its base URL, and runs the notebook in its folder', async () => {
    const folder = join(stock.root, 'week 1')
    const { stdout, stderr } = await commandIn(folder, 'stock.ipynb')
    expect(stdout).toContain('week 1')
    expect(stderr).toContain('Running /week 1/stock.ipynb on ')
    expect(stderr).toContain(`${stock.url}/`)
  })

  test('is found by an absolute path from anywhere', async () => {
    const { status } = await commandIn('/', join(sales.root, 'sales.ipynb'))
    expect(status).toBe(0)
  })

  test('has to be named where several run and the path does not tell', async () => {
    const { status, stdout, stderr } = await commandIn('/', '/sales.ipynb')
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain('several Jupyter Servers run here')
    for (const { url } of [sales, stock]) expect(stderr).toContain(`${url}/`)
    expect(stderr).toContain('HOST[:PORT]')
  })

  test('needs no token when it is named', async () => {
    const { status, stdout } = await commandIn('/', stock.host, '/week 1/stock.ipynb')
    expect([status, stdout]).toEqual([0, expect.stringContaining('week 1')])
  })

  test('shows its notebook under a local path when it is named', async () => {
    const { status } = await commandIn(sales.root, sales.host, './sales.ipynb')
    expect(status).toBe(0)
  })

  test('is none whose root folder does not hold the notebook', async () => {
    const elsewhere = join(runtime, 'elsewhere')
    await mkdir(elsewhere)
    await cp(join(sales.root, 'sales.ipynb'), join(elsewhere, 'copy.ipynb'))
    const { status, stderr } = await commandIn(elsewhere, './copy.ipynb')
    expect(status).toBe(2)
    expect(stderr).toContain('it is in no root folder of a Jupyter Server that runs here')
  })

  test('gets no path of a file that is missing, and near names are suggested', async () => {
    const { status, stderr } = await commandIn(sales.root, './salse.ipynb')
    expect(status).toBe(2)
    expect(stderr).toContain('did you mean "sales.ipynb"?')
  })
})

describe('a pasted address', () => {
  test('gives the server, the notebook and the token, which is masked', async () => {
    const address = `${sales.url}/lab/tree/sales.ipynb?token=${sales.token}`
    const { status, stdout } = await commandIn('/', address)
    expect([status, stdout]).toEqual([0, expect.stringContaining('of sales')])
  })

  test('with a base URL needs no --base-url', async () => {
    const address = `${stock.url}/notebooks/week%201/stock.ipynb?token=${stock.token}`
    expect(await commandIn('/', address, '--json')).toMatchObject({ status: 0 })
  })

  test('before a path, as Jupyter Server prints it', async () => {
    const { status } = await commandIn('/', `${sales.url}/?token=${sales.token}`, '/sales.ipynb')
    expect(status).toBe(0)
  })

  test('with arguments that cannot be read shows no token either', async () => {
    const address = `${sales.url}/?token=${sales.token}`
    const { status } = await commandIn('/', address, '/x.ipynb', address, `--x=${address}`)
    expect(status).toBe(2)
  })
})
