import { readFileSync, readdirSync } from 'node:fs'
import { extname } from 'node:path'
import { packageRoot } from '../package.ts'

export interface PageFile {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}

/** The code that the page shares with what runs here. */
const shared = ['parameter.js', 'report/duration.js', 'request/typing.js', 'safe_text.js']

const root = new URL('build/src/', packageRoot)

/**
 * What the page may do, and with it every frame in it: no network but this function, no script but
 * the page's own, and no markup but through the one policy for sandboxed frames. The frames inherit
 * this, and an executed notebook brings its styles with it: hence 'unsafe-inline' for styles alone.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self'",
  'img-src data:',
  'font-src data:',
  "frame-src 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types nbtrigger-sandbox',
].join('; ')

const pageHeaders = {
  'Content-Security-Policy': contentSecurityPolicy,
  'Cross-Origin-Opener-Policy': 'same-origin',
}

let files: ReadonlyMap<string, PageFile> | null = null

/** The page at "/" and what it is made of, each read once; null where there is no such thing. */
export function pageFile(path: string): PageFile | null {
  files ??= readFiles()
  return files.get(path) ?? null
}

/** The files keep their places to each other, so that the compiler's paths are the browser's. */
function readFiles(): ReadonlyMap<string, PageFile> {
  const own = readdirSync(new URL('http/page/', root)).map((name) => `http/page/${name}`)
  const found = new Map<string, PageFile>()
  for (const name of [...own, ...shared]) {
    const type = types[extname(name)]
    if (type === undefined) continue
    const isPage = name.endsWith('.html')
    const headers = { 'Content-Type': type, ...(isPage && pageHeaders) }
    const body = readFileSync(new URL(name, root))
    found.set(isPage ? '/' : `/page/${name}`, { headers, body })
  }
  return found
}
