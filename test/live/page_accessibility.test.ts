import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { BrowserContextOptions, Frame, Locator, Page } from 'playwright-core'
import { type Browser, press } from '../support/browser.ts'
import { describeWith } from '../support/describe_with.ts'
import type { FunctionProcess } from '../support/function_process.ts'
import type { JupyterServer } from '../support/jupyter_server.ts'
import { Opened } from '../support/opened.ts'
import { startServedPage } from '../support/page_function.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string }[]
}

/** What axe-core finds wrong in a page or a frame itself: each frame has a document of its own. */
async function violationsOf(page: Page | Frame): Promise<readonly Violation[]> {
  await page.evaluate(axe)
  const run = `axe.run(document, { iframes: false }).then(({ violations }) =>
    violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => ({ html })) })))`
  return page.evaluate<readonly Violation[]>(run)
}

/** Rules for pages, which axe-core takes a frame for that it is run in alone. */
const ofWholePages = new Set(['landmark-one-main', 'page-has-heading-one', 'region'])

async function violationsIn(frame: Locator): Promise<readonly Violation[]> {
  const content = await (await frame.elementHandle())?.contentFrame()
  return content ? violationsOf(content) : [{ id: 'no frame', nodes: [] }]
}

describeWith('chromium', 'the page', () => {
  let opened: Opened
  let jupyter: JupyterServer
  let served: FunctionProcess
  let browser: Browser

  beforeAll(async () => {
    await using starting = new Opened()
    ;({ jupyter, served, browser } = await startServedPage(starting, {
      NBTRIGGER_RUNS: '/history',
    }))
    opened = starting.move()
    const defaults = 'n: int = 3  # how many\nquick: bool = True'
    await jupyter.writeNotebook('seen.ipynb', [
      { type: 'markdown', source: '# Seen' },
      { type: 'code', source: defaults, metadata: { tags: ['parameters'] } },
      'print(n, "\\x1b[34mblue\\x1b[0m")\nimport warnings\nwarnings.warn("careful")',
      'from IPython.display import HTML\nHTML("<table><tr><th>a</th></tr><tr><td>1</td></tr></table>")',
      '@print\ndef f(x: int) -> None:\n    return f"{x}" if True else len("a")',
      '1/0',
    ])
  }, 600_000)

  afterAll(() => opened?.[Symbol.asyncDispose]())

  test.each<{ name: string; options: BrowserContextOptions }>([
    { name: 'a light screen', options: { colorScheme: 'light' } },
    { name: 'a dark screen', options: { colorScheme: 'dark' } },
    { name: 'a phone', options: { viewport: { width: 390, height: 844 } } },
  ])('has no violation that axe-core finds on $name', async ({ options }) => {
    // axe-core is a script of the test, which the page's policy would refuse.
    const settings = { ...options, bypassCSP: true, reducedMotion: 'reduce' } as const
    const page = await browser.open(`${served.url}/#/seen.ipynb`, settings)
    await page.getByLabel('quick').waitFor()
    expect(await violationsOf(page)).toEqual([])
    await press(page.getByRole('button', { name: 'Run' }))
    const executed = page.getByTitle('The executed notebook')
    await executed.contentFrame().locator('table').waitFor()
    expect(await violationsOf(page)).toEqual([])
    expect(await violationsIn(executed)).toEqual([])
    for (const code of [page.locator('#cells'), executed.contentFrame().locator('main')])
      expect(await code.locator('.source .hljs-comment').first().textContent()).toBe('# how many')
    const part = await violationsIn(page.getByTitle('cell 3', { exact: true }))
    expect(part.filter(({ id }) => !ofWholePages.has(id))).toEqual([])
    const width = await page.evaluate<number>('document.documentElement.scrollWidth')
    expect(width).toBeLessThanOrEqual(options.viewport?.width ?? 1280)
    await press(page.getByRole('button', { name: 'Show as a report' }))
    expect(await violationsOf(page)).toEqual([])
    await page.keyboard.press('Escape')

    await press(page.getByRole('link', { name: 'History', exact: true }))
    const run = page.getByRole('link', { name: 'seen.ipynb failed' }).first()
    await run.waitFor()
    expect(await violationsOf(page)).toEqual([])
    await press(run)
    await page.locator('#recorded').getByTitle('The executed notebook').waitFor()
    expect(await violationsOf(page)).toEqual([])
  })
})
