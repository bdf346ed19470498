import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { Browser, press } from '../support/browser.ts'
import { describeWith } from '../support/describe_with.ts'
import type { FunctionProcess } from '../support/function_process.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { OneWayProxy } from '../support/one_way_proxy.ts'
import { Opened } from '../support/opened.ts'
import { startPageFunction } from '../support/page_function.ts'
import { until } from '../support/until.ts'

const key = 'a-key-of-this-service'

describeWith(['chromium'], 'the page, where the service is not told that a client has gone', () => {
  let opened: Opened
  let jupyter: JupyterServer
  let browser: Browser
  let open: FunctionProcess
  let locked: FunctionProcess

  beforeAll(async () => {
    await using starting = new Opened()
    jupyter = starting.use(await JupyterServer.start())
    await jupyter.writeNotebook('long.ipynb', [
      'import time\nprint("begun", flush=True)\ntime.sleep(600)',
      '2',
    ])
    browser = starting.use(await Browser.start())
    open = starting.use(await startPageFunction(jupyter))
    locked = starting.use(await startPageFunction(jupyter, { NBTRIGGER_HTTP_KEY: key }))
    opened = starting.move()
  }, 600_000)

  afterAll(() => opened?.[Symbol.asyncDispose]())

  /** Runs the notebook up to its first output; the key is used where it is asked for. */
  async function begin(url: string, isLocked: boolean): Promise<Page> {
    const page = await browser.open(`${url}/#/long.ipynb`)
    if (isLocked) {
      await page.getByRole('textbox', { name: 'Key' }).fill(key)
      await page.keyboard.press('Enter')
    }
    await press(page.getByRole('button', { name: 'Run' }))
    await page.getByText('begun', { exact: true }).waitFor()
    expect(await jupyter.kernels()).toHaveLength(1)
    return page
  }

  async function expectCancelled(served: FunctionProcess): Promise<void> {
    const entry = await served.waitForEntry(({ event }) => event === 'run_finished')
    const message = expect.stringContaining('a request cancelled the run')
    expect(entry).toMatchObject({ outcome: 'cancelled', error: { code: 'CANCELLED', message } })
    await until('no kernel', async () => (await jupyter.kernels()).length === 0 || undefined)
  }

  test.each([
    { name: 'without a key', served: () => open },
    { name: 'with a key', served: () => locked },
  ])('cancels the run when it is left, $name', async ({ served }) => {
    await using proxy = await OneWayProxy.start(served().port)
    const page = await begin(proxy.url, served() === locked)
    page.on('dialog', (dialog) => void dialog.accept())
    await page.goto('about:blank')
    await expectCancelled(served())
  })

  test('stops the run, and then shows its report and the notebook so far', async () => {
    await using served = await startPageFunction(jupyter, { NBTRIGGER_HTTP_KEY: key })
    await using proxy = await OneWayProxy.start(served.port)
    const page = await begin(proxy.url, true)
    await press(page.getByRole('button', { name: 'Stop' }))
    await page.locator('#run-title', { hasText: 'Stopped after' }).waitFor()
    await expectCancelled(served)
    const cells = await page.locator('.cell').all()
    const states = await Promise.all(cells.map((cell) => cell.getAttribute('data-state')))
    expect(states).toEqual(['stopped', 'skipped'])
    await page.locator('iframe[title="The executed notebook"]').waitFor()
  })
})
