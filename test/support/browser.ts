import {
  chromium,
  type Browser as Chromium,
  type BrowserContextOptions,
  type Locator,
  type Page,
  type Request,
} from 'playwright-core'
import { requirePart } from './declared_parts.ts'
import { chromiumProgram } from './parts.ts'

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
]

/** A real Chromium; every page of it is a stranger to the others. */
export class Browser implements AsyncDisposable {
  readonly #browser: Chromium

  private constructor(browser: Chromium) {
    this.#browser = browser
  }

  static async start(): Promise<Browser> {
    requirePart('chromium')
    return new Browser(await chromium.launch({ executablePath: chromiumProgram, args: flags }))
  }

  async open(address: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext(options)
    const page = await context.newPage()
    page.setDefaultTimeout(60_000)
    await page.goto(address)
    return page
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
  }
}

/**
 * Presses a button, or follows a link, that a pointer could reach. It does so by the keyboard: a
 * click is two events of the mouse, and a page whose outputs still grow may move between them, which
 * leaves the click without effect.
 */
export async function press(control: Locator): Promise<void> {
  await control.click({ trial: true })
  await control.press('Enter')
}

/** Switches a checkbox on or off, for the same reason by the keyboard. */
export async function toggle(checkbox: Locator): Promise<void> {
  await checkbox.click({ trial: true })
  await checkbox.press('Space')
}

/** Collects requests from now on; the returned function gives the addresses that policies allowed so far. */
export function allowedRequests(page: Page): () => readonly string[] {
  const requests: Request[] = []
  page.on('request', (request) => requests.push(request))
  return () =>
    requests
      .filter((request) => request.failure()?.errorText !== 'csp')
      .map((request) => request.url())
      .filter((url) => !/^(?:data|blob|about):/.test(url))
}
