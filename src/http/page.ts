import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { RunError } from '../errors.ts'
import { closedPolicy } from '../rendering/page_document.ts'
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
  /** A hash of all that is sent. */
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
 * Connections only to this service, and scripts only from the page, which makes no markup of text. Its
 * frames show the document below, and no other: the page narrows `frame-src` to its address.
 * 'unsafe-inline' is set only for styles, which notebooks bring with them.
 */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self'",
  'img-src data: blob:',
  'font-src data:',
  "frame-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/**
 * Of the document that shows what a notebook made, with an opaque origin: any script in it may run, and
 * none connects to or loads from anywhere. Frames in it inherit this. What is written into it narrows
 * this, and the page its sandbox.
 */
const framePolicy = [
  'sandbox allow-scripts allow-downloads allow-modals',
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval'",
  closedPolicy,
  "frame-ancestors 'self'",
].join('; ')

/** The documents among the files, and what else is sent with them. */
const documents: Readonly<Record<string, PageFile['headers']>> = {
  'index.html': {
    'Content-Security-Policy': pagePolicy,
    'Cross-Origin-Opener-Policy': 'same-origin',
  },
  'frame.html': { 'Content-Security-Policy': framePolicy, 'X-DNS-Prefetch-Control': 'off' },
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
    for (const name of namesIn(from))
      found.set(`${prefix}${name}`, fileOf(name, readFileSync(new URL(name, from))))
  }
  const html = found.get('/page/index.html')?.body.toString() ?? ''
  found.delete('/page/index.html')
  return found.set('/', fileOf('index.html', Buffer.from(withVersions(html, found))))
}

function namesIn(from: URL): readonly string[] {
  return readdirSync(from).filter((name) => types[extname(name)] !== undefined)
}

function fileOf(name: string, body: Buffer): PageFile {
  const headers = { 'Content-Type': types[extname(name)] ?? '', ...documents[name] }
  return { headers, body, version: versionOf(headers, body) }
}

/** Of the headers, too: a browser keeps the policy of a document as long as the document. */
export function versionOf(headers: PageFile['headers'], body: Buffer): string {
  const hash = createHash('sha256').update(JSON.stringify(headers)).update(body)
  return hash.digest('hex').slice(0, 16)
}

/** The document with the versions of its files in their addresses. */
function withVersions(html: string, known: ReadonlyMap<string, PageFile>): string {
  return html.replaceAll(/(?<=")page\/[\w./]+(?=")/g, (address) => {
    const version = known.get(`/${address}`)?.version
    return version === undefined ? address : `${address}?${versionName}=${version}`
  })
}
