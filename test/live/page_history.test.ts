import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Browser, press } from '../support/browser.ts'
import { describeWith } from '../support/describe_with.ts'
import type { FunctionProcess } from '../support/function_process.ts'
import { callHttp } from '../support/http_call.ts'
import type { JupyterServer } from '../support/jupyter_server.ts'
import { Opened } from '../support/opened.ts'
import { startServedPage } from '../support/page_function.ts'

const key = 'a-key-of-this-service'

describeWith(['chromium'], 'the page', () => {
  let opened: Opened
  let jupyter: JupyterServer
  let served: FunctionProcess
  let browser: Browser
  let latest: string

  async function run(path: string): Promise<string> {
    const headers = { Authorization: `Bearer ${key}` }
    const answer = await callHttp(served.port, { path: `/run/${path}`, headers })
    return String(answer.headers['nbtrigger-run-id'])
  }

  beforeAll(async () => {
    await using starting = new Opened()
    const env = {
      NBTRIGGER_RUNS: '/history',
      NBTRIGGER_HTTP_KEY: key,
      NBTRIGGER_SOURCES: 'notebookContent',
    }
    ;({ jupyter, served, browser } = await startServedPage(starting, env))
    await jupyter.writeNotebook('daily.ipynb', [
      { type: 'code', source: 'n = 1\ncity = "Oslo"', metadata: { tags: ['parameters'] } },
      'print(f"{n!r} days in {city}")\nn * 2',
    ])
    await jupyter.writeNotebook('failing.ipynb', ['1/0'])
    await run('daily.ipynb?n=1')
    await run('failing.ipynb')
    latest = await run('daily.ipynb?n=2.0&city=%3Cb%3EBergen%3C/b%3E')
    opened = starting.move()
  }, 600_000)

  afterAll(() => opened?.[Symbol.asyncDispose]())

  async function open(path: string) {
    const page = await browser.open(`${served.url}${path}`)
    await page.getByRole('textbox', { name: 'Key' }).fill(key)
    await page.keyboard.press('Enter')
    return page
  }

  test('lists the runs, filters them, and opens the form with the same parameters', async () => {
    const page = await open('/#runs')
    const items = page.locator('#history-runs > li')
    await page.getByRole('link', { name: 'failing.ipynb', exact: true }).waitFor()
    await items.nth(2).waitFor()
    expect(await items.count()).toBe(3)
    const names = await page.locator('.recorded-name').allTextContents()
    expect(names).toEqual([
      'daily.ipynb succeeded',
      'failing.ipynb failed',
      'daily.ipynb succeeded',
    ])
    expect(await items.first().textContent()).toMatch(/n = 2\.0, city = <b>Bergen<\/b>/)
    expect(await items.first().textContent()).toContain('by a request')
    expect(await items.nth(1).textContent()).toContain('division by zero')
    expect(await page.locator('#history-runs svg').count()).toBe(2)

    await page.getByLabel('Outcome').selectOption('failed')
    await items.nth(1).waitFor({ state: 'detached' })
    await items.first().waitFor()
    expect(await page.locator('.recorded-name').allTextContents()).toEqual(['failing.ipynb failed'])
    await page.getByLabel('Outcome').selectOption('')
    await items.nth(2).waitFor()
    await press(page.getByTitle('All runs of /daily.ipynb').first())
    await page.locator('#history-chart svg').waitFor()
    expect(await page.locator('#history-chart rect').count()).toBe(2)
    expect(await items.count()).toBe(2)

    await press(items.first().getByRole('link', { name: 'Run again' }))
    await page.getByLabel('n', { exact: true }).waitFor()
    expect(await page.getByLabel('n', { exact: true }).inputValue()).toBe('2.0')
    expect(await page.getByLabel('city', { exact: true }).inputValue()).toBe('<b>Bergen</b>')
    expect(await page.locator('#history').isVisible()).toBe(false)
    expect(await jupyter.kernels()).toEqual([])
  })

  test('shows one run for its link, with its result and its notebook', async () => {
    const page = await open(`/runs/${latest}`)
    await page.getByRole('heading', { name: 'daily.ipynb succeeded' }).waitFor()
    expect(new URL(page.url()).hash).toBe(`#runs/${latest}`)
    expect(await page.locator('#recorded pre').first().textContent()).toBe('4.0')
    expect(await page.locator('#recorded th').allTextContents()).toEqual(['n', 'city'])
    const notebook = page.frameLocator('iframe[title="The executed notebook"]')
    await notebook.getByText('2.0 days in <b>Bergen</b>').waitFor()
    expect(
      await page
        .locator('#recorded')
        .getByRole('link', { name: 'daily.ipynb', exact: true })
        .count(),
    ).toBe(1)
    await press(page.getByRole('link', { name: 'All runs of this notebook' }))
    await page.locator('#history-chart svg').waitFor()
    expect(await page.locator('#recorded').isVisible()).toBe(false)
  })

  test('offers the form for no notebook that is not on the server', async () => {
    const notebookContent = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] }
    const answer = await callHttp(served.port, {
      method: 'POST',
      path: '/',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ notebookContent }),
    })
    expect(answer).toMatchObject({ status: 200 })
    const page = await open('/#runs')
    const items = page.locator('#history-runs > li')
    await page.getByRole('link', { name: 'notebookContent succeeded' }).waitFor()
    const again = { name: 'Run again' }
    expect(await items.first().getByRole('link', again).count()).toBe(0)
    expect(await items.nth(1).getByRole('link', again).count()).toBe(1)
  })

  test('says that a run is unknown', async () => {
    const page = await open('/#runs/019ac0f2-0000-7000-8000-0000000000a1')
    await page.getByText('the history has no such run').waitFor()
  })
})
