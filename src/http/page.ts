import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { RunError } from '../errors.ts'
import { variableOf } from '../request/env.ts'
import { packageRoot } from '../util/package.ts'
import { quoted } from '../util/text.ts'
import type { Visit } from './context.ts'
import type { Reply } from './reply.ts'

/** `GET /` and `GET /page/…`: the page and what it is made of, where it is switched on. */
export async function answerPage({ service, incoming: { path } }: Visit): Promise<Reply> {
  if (variableOf(service.env, 'NBTRIGGER_HTTP_PAGE') !== '1') {
    throw notFound(path, 'the page is not switched on (NBTRIGGER_HTTP_PAGE=1)')
  }
  const file = pageFile(path)
  if (file === null) throw notFound(path, 'it is no part of the page')
  return { status: 200, ...file }
}

function notFound(path: string, reason: string): RunError {
  return new RunError('ROUTE_NOT_FOUND', `Cannot find ${quoted(path)}: ${reason}`)
}

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
  const own = readdirSync(new URL('page/', root)).map((name) => `page/${name}`)
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
