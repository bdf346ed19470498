import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { repositoryRoot } from './support/repository.ts'

const sourceRoot = join(repositoryRoot, 'src')

const files = readdirSync(sourceRoot, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .toSorted()

const sources = new Map(files.map((file) => [file, readFileSync(join(sourceRoot, file), 'utf8')]))

/** What each file imports of the others, types too. */
const imports = new Map([...sources].map(([file, text]) => [file, importsOf(file, text)]))

function importsOf(file: string, text: string): string[] {
  const paths = [...text.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*'(\.{1,2}\/[^']+)'/g)]
  return paths.map(([, path = '']) => join(dirname(file), path))
}

/**
 * From the entries down: each may import what stands below it, and its own room. Files of the top
 * are named with their ending. `page` runs in the browser and takes types and pure functions only.
 */
const order = [
  'cli.ts',
  'function.ts',
  'job.ts',
  'service.ts',
  'cli',
  'http',
  'pubsub',
  'job',
  'page',
  'sweep',
  'warm',
  'run',
  'doctor',
  'history',
  'hub',
  'checkpoint',
  'request',
  'execution',
  'storage',
  'sources',
  'reporting',
  'rendering',
  'parameters',
  'redaction',
  'events.ts',
  'jupyter',
  'google',
  'util',
  'errors.ts',
]
const entries = ['cli.ts', 'function.ts', 'job.ts', 'service.ts']

/** Rooms beside each other, none of which may import the other. */
const neighbours = [
  ['cli', 'http', 'pubsub', 'job', 'page'],
  ['storage', 'reporting'],
]

/** What code of the browser may load besides types; the rest needs Node. */
const takenByPage = [
  'util',
  'errors.ts',
  'parameters/parameter.ts',
  'parameters/declared_type.ts',
  'request/typing.ts',
  'jupyter/read_field.ts',
  'rendering/code_html.ts',
  'rendering/drawn_outputs.ts',
  'rendering/escape_html.ts',
  'rendering/first_heading.ts',
  'rendering/html_sources.ts',
  'rendering/markdown.ts',
  'rendering/mime_types.ts',
  'rendering/needed_scripts.ts',
  'rendering/output_html.ts',
  'rendering/page_document.ts',
  'rendering/page_scripts.ts',
  'rendering/page_style.ts',
  'rendering/safe_html.ts',
  'rendering/table.ts',
  'rendering/terminal_html.ts',
]

/** `util` takes the codes of errors alone. */
const leaves = { util: ['errors.ts'], 'errors.ts': [] }

function isTakenByPage(path: string): boolean {
  return takenByPage.some((start) => path.startsWith(start))
}

function isAllowed(from: string, to: string): boolean {
  if (from === to) return true
  if (neighbours.some((rooms) => rooms.includes(from) && rooms.includes(to))) return false
  return order.indexOf(from) < order.indexOf(to)
}

function roomOf(file: string): string {
  return file.split('/')[0] ?? file
}

function hasFiles(room: string): boolean {
  return files.some((file) => roomOf(file) === room)
}

/** Files from which no circle can be reached. */
const straight = new Set<string>()

/** The files of a circle that can be reached from `file`, or null. */
function circleFrom(file: string, path: readonly string[] = []): readonly string[] | null {
  if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
  if (straight.has(file)) return null
  for (const next of imports.get(file) ?? []) {
    const circle = circleFrom(next, [...path, file])
    if (circle !== null) return circle
  }
  straight.add(file)
  return null
}

/** What a file loads when it runs: types are gone by then. */
function loadedBy(file: string): readonly string[] {
  return importsOf(file, valueImports(sources.get(file) ?? ''))
}

/** The packages that are loaded with a file, by what it imports and by what that imports. */
function packagesLoadedBy(entry: string): ReadonlySet<string> {
  const seen = new Set([entry])
  for (const file of seen) for (const next of loadedAtOnce(file)) seen.add(next)
  const code = [...seen].map((file) => valueImports(sources.get(file) ?? '')).join('\n')
  return new Set([...code.matchAll(/from '((?:@[\w-]+\/)?[\w-]+)/g)].map(([, name = '']) => name))
}

/** Without what `import()` loads later. */
function loadedAtOnce(file: string): readonly string[] {
  return importsOf(file, valueImports(sources.get(file) ?? '').replaceAll(/import\([^)]*\)/g, ''))
}

function valueImports(code: string): string {
  return code.replaceAll(/^import type [^']*'[^']*'$/gm, '')
}

/** Needed by some runs only; loading them takes as long as everything else together. */
const loadedLater = ['google-auth-library', 'log-update', 'string-width', 'yaml'] // prettier-ignore

/** The function is started for each burst of messages, and can refuse one without them. */
const loadedForRuns = [...loadedLater, 'p-retry', 'ws']

describe('the imports of src', () => {
  test('are found, and lead to existing files', () => {
    expect(imports.get('run/run_notebook.ts')).toContain('jupyter/kernel.ts')
    const ofEvents = ['errors.ts', 'jupyter/nbformat.ts', 'util/cell_name.ts']
    expect(imports.get('events.ts')).toEqual(ofEvents)
    for (const paths of imports.values()) expect(files).toEqual(expect.arrayContaining(paths))
  })

  test('have every folder in the order, and no other file at the top', () => {
    expect([...new Set(files.map(roomOf))].toSorted()).toEqual(order.filter(hasFiles).toSorted())
  })

  test('have the order that CONTRIBUTING.md describes', () => {
    const page = readFileSync(join(repositoryRoot, 'CONTRIBUTING.md'), 'utf8')
    const rows = [...page.matchAll(/^\| `src\/([\w.]+)\/?` +\|/gm)].map(([, name]) => name)
    expect(rows).toEqual(order.filter(hasFiles))
  })

  test.each(files)('%s leads to no cycle', (file) => {
    expect(circleFrom(file)).toBeNull()
  })

  test.each(files)('%s imports only its own folder and lower ones', (file) => {
    const others = (imports.get(file) ?? []).map(roomOf)
    expect(others.filter((other) => !isAllowed(roomOf(file), other))).toEqual([])
  })

  test.each(Object.entries(leaves))('%s imports only %j', (room, allowed) => {
    const others = files
      .filter((file) => roomOf(file) === room)
      .flatMap((file) => imports.get(file))
    const foreign = others.map((path = '') => roomOf(path)).filter((other) => other !== room)
    expect(allowed).toEqual(expect.arrayContaining(foreign))
  })

  test.each(files.filter((file) => roomOf(file) === 'page'))('%s can run in a browser', (file) => {
    const foreign = loadedBy(file).filter((path) => roomOf(path) !== 'page')
    expect(foreign.filter((path) => !isTakenByPage(path))).toEqual([])
  })

  test.each(files)('%s imports no entry', (file) => {
    expect(imports.get(file)?.filter((path) => entries.includes(path))).toEqual([])
  })

  test.each(files.filter((file) => !entries.includes(file)))('%s does not read process', (file) => {
    const code = sources.get(file)?.replaceAll(/\/\*\*?[^]*?\*\/|\/\/.*/g, '') ?? ''
    expect(code).not.toMatch(/(?<![.#\w])process\.\w|globalThis\.process|from 'node:process'/)
  })

  test.each([
    { file: 'cli.ts', later: loadedLater },
    { file: 'function.ts', later: loadedForRuns },
    { file: 'job.ts', later: loadedLater },
  ])('$file loads the packages that few runs need later', ({ file, later }) => {
    const packages = packagesLoadedBy(file)
    expect(packages.size).toBeGreaterThan(1)
    expect(later.filter((name) => packages.has(name))).toEqual([])
  })
})
