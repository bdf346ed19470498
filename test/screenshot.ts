import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { Browser, press, toggle } from './support/browser.ts'
import { JupyterServer } from './support/jupyter_server.ts'
import { startPageFunction } from './support/page_function.ts'
import { drawingNotebook } from './support/page_notebook.ts'
import { pythonWithPlots } from './support/python_environment.ts'
import { repositoryRoot } from './support/repository.ts'
import { ScratchFolder } from './support/scratch_folder.ts'

/** Of the documentation, and with a folder as the argument, three kinds of screen more. */
const [folder] = process.argv.slice(2)

await pythonWithPlots()
await using jupyter = await JupyterServer.start()
for (const name of ['city.ipynb', 'sales by region.ipynb']) {
  await jupyter.writeNotebook(`reports/${name}`, drawingNotebook)
}
await jupyter.writeNotebook('reports/2026/january.ipynb', drawingNotebook)
await jupyter.writeNotebook('reports/cleaning.ipynb', ['raise ValueError("3 rows have no region")'])
await using runs = await ScratchFolder.make('runs')
await using served = await startPageFunction(jupyter, { NBTRIGGER_RUNS: `file:${runs.path}` })
await using browser = await Browser.start()

const desktop = { viewport: { width: 1180, height: 1050 } }
const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 }
await take(join(repositoryRoot, 'docs/page.png'), desktop)
await takeReport(join(repositoryRoot, 'docs/report.png'), desktop)
await takeHistory(join(repositoryRoot, 'docs/history.png'), {
  viewport: { width: 1180, height: 720 },
})
if (folder !== undefined) {
  await take(join(folder, 'dark.png'), { ...desktop, colorScheme: 'dark' })
  await take(join(folder, 'phone.png'), phone)
  await take(join(folder, 'phone-dark.png'), { ...phone, colorScheme: 'dark' })
  await takeReport(join(folder, 'report-dark.png'), { ...desktop, colorScheme: 'dark' })
}

/** Runs the notebook by hand, as a person would, and keeps what is to be seen then. */
async function take(path: string, options: BrowserContextOptions): Promise<void> {
  const page = await runByHand(options)
  if (options.viewport === desktop.viewport) await page.evaluate('scrollTo(0, 0)')
  await page.screenshot({ path })
}

/** The same as a report, without its code. */
async function takeReport(path: string, options: BrowserContextOptions): Promise<void> {
  const page = await runByHand(options)
  await press(page.getByRole('button', { name: 'Show as a report' }))
  const report = page.getByTitle('The executed notebook').contentFrame()
  await toggle(report.getByRole('switch', { name: 'Code' }))
  await report.locator('.source').first().waitFor({ state: 'hidden' })
  await page.screenshot({ path })
}

/** The runs so far, and some more of several notebooks. */
async function takeHistory(path: string, options: BrowserContextOptions): Promise<void> {
  const queries = ['sales by region.ipynb?city=Oslo', 'cleaning.ipynb', 'city.ipynb?days=14']
  const more = ['city.ipynb?city=Bergen&days=90', 'city.ipynb?days=30&smooth=False']
  for (const query of [...queries, ...more]) await fetch(`${served.url}/run/reports/${query}`)
  const page = await browser.open(`${served.url}/#runs`, options)
  await page.getByRole('link', { name: 'cleaning.ipynb failed' }).waitFor()
  await page.screenshot({ path })
}

async function runByHand(options: BrowserContextOptions): Promise<Page> {
  const page = await browser.open(`${served.url}/#/reports/city.ipynb`, options)
  await page.getByLabel('noise').fill('0.5')
  await press(page.getByRole('button', { name: 'Run' }))
  await page.getByTitle('The executed notebook').contentFrame().locator('img').waitFor()
  await page.getByRole('img', { name: 'The result' }).waitFor()
  return page
}
