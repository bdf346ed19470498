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

const leaves = [
  'cut_text.ts',
  'errors.ts',
  'events.ts',
  'exact_json.ts',
  'finding.ts',
  'lifetime.ts',
  'lookalikes.ts',
  'nearest.ts',
  'package.ts',
  'parameter.ts',
  'path_segments.ts',
  'plain_text.ts',
  'quoted.ts',
  'safe_text.ts',
  'utf8.ts',
]
const entries = ['cli.ts', 'function.ts']

const rooms = ['jupyter', 'redaction', 'request', 'report', 'save']

/** What each room may import beside itself: rooms by name, files of the top by theirs. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  jupyter: leaves,
  execution: ['jupyter', ...leaves],
  request: [
    'redaction',
    'cut_text.ts',
    'errors.ts',
    'lookalikes.ts',
    'nearest.ts',
    'parameter.ts',
    'path_segments.ts',
    'quoted.ts',
    'utf8.ts',
  ],
  redaction: [],
  report: ['redaction', ...leaves],
  save: ['jupyter', ...leaves],
  doctor: ['execution', 'jupyter', ...leaves],
  http: ['trigger.ts', 'notebook_parameters.ts', 'open_server.ts', ...rooms, ...leaves],
}

const allowedOfLeaves: Readonly<Record<string, readonly string[]>> = {
  'cut_text.ts': [],
  'errors.ts': [],
  'exact_json.ts': [],
  'finding.ts': [],
  'lookalikes.ts': ['quoted.ts'],
  'nearest.ts': [],
  'package.ts': [],
  'parameter.ts': [],
  'path_segments.ts': [],
  'plain_text.ts': ['safe_text.ts'],
  'quoted.ts': ['cut_text.ts'],
  'utf8.ts': [],
  'safe_text.ts': [],
  'lifetime.ts': ['errors.ts'],
  'events.ts': ['errors.ts', 'finding.ts', 'jupyter/notebook.ts'],
}

function roomOf(file: string): string {
  return file.split('/')[0] ?? file
}

/** The files of a circle that begins at `file`, or null. */
function circleFrom(file: string, path: readonly string[] = []): readonly string[] | null {
  if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
  for (const next of imports.get(file) ?? []) {
    const circle = circleFrom(next, [...path, file])
    if (circle !== null) return circle
  }
  return null
}

describe('the imports of src', () => {
  test('imports are found, and lead to files that are there', () => {
    expect(imports.get('run.ts')).toContain('jupyter/kernel.ts')
    expect(imports.get('events.ts')).toEqual(['errors.ts', 'finding.ts', 'jupyter/notebook.ts'])
    for (const paths of imports.values()) expect(files).toEqual(expect.arrayContaining(paths))
  })

  test.each(files)('%s is part of no circle', (file) => {
    expect(circleFrom(file)).toBeNull()
  })

  test.each(files.filter((file) => roomOf(file) in allowed))(
    '%s imports only its own room and the ones below',
    (file) => {
      const room = roomOf(file)
      const foreign = (imports.get(file) ?? []).map(roomOf).filter((other) => other !== room)
      expect(allowed[room]).toEqual(expect.arrayContaining(foreign))
    },
  )

  test.each(leaves)('%s is a leaf', (file) => {
    expect(imports.get(file)).toEqual(allowedOfLeaves[file])
  })

  test.each(files)('%s imports no entry', (file) => {
    expect(imports.get(file)?.filter((path) => entries.includes(path))).toEqual([])
  })

  test.each(files.filter((file) => !entries.includes(file)))('%s reads no process', (file) => {
    const code = sources.get(file)?.replaceAll(/\/\*\*?[^]*?\*\/|\/\/.*/g, '') ?? ''
    expect(code).not.toMatch(/(?<![.#\w])process\.\w|globalThis\.process|from 'node:process'/)
  })
})
