import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { RunError } from '../errors.ts'
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

/** The bundled page: its document, one script and one style sheet. */
const folder = new URL('build/bundle/page/', packageRoot)

/**
 * The policy of the page and, by inheritance, of its frames: connections only to this service,
 * scripts only from the page, and markup only through the Trusted Types policy for sandboxed frames.
 * 'unsafe-inline' is set only for styles, which executed notebooks in the frames bring with them.
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

/** The file for "/" or "/page/…", read once; null when there is no such file. */
export function pageFile(path: string): PageFile | null {
  files ??= readFiles()
  return files.get(path) ?? null
}

function readFiles(): ReadonlyMap<string, PageFile> {
  const found = new Map<string, PageFile>()
  const names = readdirSync(folder).filter((name) => types[extname(name)] !== undefined)
  const [documents, others] = [
    names.filter((name) => name.endsWith('.html')),
    names.filter((name) => !name.endsWith('.html')),
  ]
  for (const name of others) {
    found.set(`/page/${name}`, fileOf(name, readFileSync(new URL(name, folder))))
  }
  for (const name of documents) {
    const html = readFileSync(new URL(name, folder), 'utf8')
    found.set('/', fileOf(name, Buffer.from(withVersions(html, found)), pageHeaders))
  }
  return found
}

function fileOf(name: string, body: Buffer, headers: PageFile['headers'] = {}): PageFile {
  const version = createHash('sha256').update(body).digest('hex').slice(0, 16)
  return { headers: { 'Content-Type': types[extname(name)] ?? '', ...headers }, body, version }
}

/** The document with the versions of its files in their addresses. */
function withVersions(html: string, known: ReadonlyMap<string, PageFile>): string {
  return html.replaceAll(/(?<=")page\/[\w.]+(?=")/g, (address) => {
    const version = known.get(`/${address}`)?.version
    return version === undefined ? address : `${address}?${versionName}=${version}`
  })
}
