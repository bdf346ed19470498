import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { BrowserContextOptions, Page } from 'playwright-core'
import type { Browser } from '../support/browser.ts'
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

/** What axe-core finds wrong in the page itself: the frames have the outputs of a notebook. */
async function violationsOf(page: Page): Promise<readonly Violation[]> {
  await page.evaluate(axe)
  const run = `axe.run(document, { iframes: false }).then(({ violations }) =>
    violations.map(({ id, nodes }) => ({ id, nodes: nodes.map(({ html }) => ({ html })) })))`
  return page.evaluate<readonly Violation[]>(run)
}

describeWith('chromium', 'the page', () => {
  let opened: Opened
  let jupyter: JupyterServer
  let served: FunctionProcess
  let browser: Browser

  beforeAll(async () => {
    await using starting = new Opened()
    ;({ jupyter, served, browser } = await startServedPage(starting))
    opened = starting.move()
    const defaults = 'n: int = 3  # how many\nquick: bool = True'
    await jupyter.writeNotebook('seen.ipynb', [
      { type: 'markdown', source: '# Seen' },
      { type: 'code', source: defaults, metadata: { tags: ['parameters'] } },
      'print(n)\nimport warnings\nwarnings.warn("careful")',
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
    await page.getByRole('button', { name: 'Run' }).click()
    await page.getByTitle('The executed notebook').waitFor()
    expect(await violationsOf(page)).toEqual([])
    const width = await page.evaluate<number>('document.documentElement.scrollWidth')
    expect(width).toBeLessThanOrEqual(options.viewport?.width ?? 1280)
  })
})
