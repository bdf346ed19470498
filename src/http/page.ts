import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { RunError } from '../errors.ts'
import { elementScript, ownScripts } from '../rendering/page_scripts.ts'
import { scriptHash } from '../rendering/script_hash.ts'
import { variableOf } from '../request/env.ts'
import { packageRoot } from '../util/package.ts'
import { quoteForError } from '../util/text.ts'
import type { RequestContext } from './context.ts'
import type { Reply } from './reply.ts'

/** `GET /` and `GET /page/…`: the files of the page, if it is enabled. */
export async function handlePage({ app, request }: RequestContext): Promise<Reply> {
  const { path, query } = request
  if (variableOf(app.env, 'NBTRIGGER_HTTP_PAGE') !== '1') {
    throw notFound(path, 'the page is not switched on (NBTRIGGER_HTTP_PAGE=1)')
  }
  const file = pageFile(path)
  if (file === null) throw notFound(path, 'it is no part of the page')
  const { headers, body, version } = file
  const isLasting = query.get(versionName) === version
  return { status: 200, headers: { ...headers, ...(isLasting && lasting) }, body }
}

function notFound(path: string, reason: string): RunError {
  return new RunError('ROUTE_NOT_FOUND', `Cannot find ${quoteForError(path)}: ${reason}`)
}

/** In the address of a file, so that a browser asks for it again only when it is another one. */
const versionName = 'v'
const lasting = { 'Cache-Control': 'public, max-age=31536000, immutable' }

export interface PageFile {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** A hash of the content. */
  readonly version: string
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}

/** The bundled page: its document, its scripts and style sheet. */
const folder = new URL('build/bundle/page/', packageRoot)
/** What draws outputs in its frames. */
const embedFolder = new URL('build/bundle/embed/', packageRoot)

/**
 * The policy of the page and, by inheritance, of its frames: connections only to this service,
 * scripts only from the page, and markup only through the Trusted Types policies for frames. The
 * hashes are of the scripts in frames, which add a policy of their own: no connection, and no script
 * from an address. 'unsafe-inline' is set only for styles, which notebooks bring with them.
 */
function contentSecurityPolicy(frameScripts: readonly string[]): string {
  return [
    "default-src 'none'",
    `script-src 'self' ${frameScripts.map(scriptHash).join(' ')}`,
    "style-src 'self' 'unsafe-inline'",
    "connect-src 'self'",
    'img-src data: blob:',
    'font-src data:',
    "frame-src 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types nbtrigger-sandbox default',
  ].join('; ')
}

function pageHeaders(frameScripts: readonly string[]): PageFile['headers'] {
  return {
    'Content-Security-Policy': contentSecurityPolicy(frameScripts),
    'Cross-Origin-Opener-Policy': 'same-origin',
  }
}

let files: ReadonlyMap<string, PageFile> | null = null

/** The file for "/" or "/page/…", read once; null when there is no such file. */
export function pageFile(path: string): PageFile | null {
  files ??= readFiles()
  return files.get(path) ?? null
}

function readFiles(): ReadonlyMap<string, PageFile> {
  const found = new Map<string, PageFile>()
  for (const [prefix, from] of [
    ['/page/', folder],
    ['/page/embed/', embedFolder],
  ] as const) {
    for (const name of namesIn(from).filter((each) => !each.endsWith('.html')))
      found.set(`${prefix}${name}`, fileOf(name, readFileSync(new URL(name, from))))
  }
  const libraries = [...found].filter(([path]) => /^\/page\/embed\/.*\.js$/.test(path))
  const scripts = libraries.map(([, { body }]) => elementScript(body.toString()))
  const html = readFileSync(new URL('index.html', folder), 'utf8')
  const headers = pageHeaders([...ownScripts, ...scripts])
  return found.set('/', fileOf('index.html', Buffer.from(withVersions(html, found)), headers))
}

function namesIn(from: URL): readonly string[] {
  return readdirSync(from).filter((name) => types[extname(name)] !== undefined)
}

function fileOf(name: string, body: Buffer, headers: PageFile['headers'] = {}): PageFile {
  const version = createHash('sha256').update(body).digest('hex').slice(0, 16)
  return { headers: { 'Content-Type': types[extname(name)] ?? '', ...headers }, body, version }
}

/** The document with the versions of its files in their addresses. */
function withVersions(html: string, known: ReadonlyMap<string, PageFile>): string {
  return html.replaceAll(/(?<=")page\/[\w./]+(?=")/g, (address) => {
    const version = known.get(`/${address}`)?.version
    return version === undefined ? address : `${address}?${versionName}=${version}`
  })
}
