import { describe, expect, test } from '@jest/globals'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { errorCodes } from '../src/errors.ts'
import { parseArgv } from '../src/request/argv.ts'
import { environmentTable, errorsTable, optionsTable } from '../src/request/help.ts'
import { errorTextOf } from './request/error_text_of.ts'
import { readPages } from './support/pages.ts'
import { repositoryRoot } from './support/repository.ts'

const pages = readPages()
const paths = [...pages.keys()]

describe('the tables of the documentation', () => {
  test.each([
    { name: 'options', path: 'docs/command_line.md', table: optionsTable() },
    { name: 'environment', path: 'docs/command_line.md', table: environmentTable() },
    { name: 'errors', path: 'docs/report.md', table: errorsTable() },
  ])('$path lists the $name as the source defines them, once', ({ path, table }) => {
    expect(paths.flatMap((page) => tablesLike(table, page))).toEqual([table])
    expect(tablesLike(table, path)).toEqual([table])
  })
})

describe('the pages of the documentation', () => {
  test.each(paths)('%s has links to files and headings that exist', (path) => {
    expect(linksOf(path).filter((link) => !exists(link))).toEqual([])
  })

  test.each(paths.filter((path) => !path.endsWith('README.md')))(
    'README.md links to %s',
    (path) => {
      expect(linksOf('README.md').map(({ target }) => target)).toContain(path)
    },
  )

  test.each(paths)('%s names only files that exist', (path) => {
    const named = (pages.get(path) ?? '').matchAll(/`((?:src|test|deploy|docs)\/[\w./-]*)`/g)
    expect([...named].map(([, name = '']) => name).filter((name) => !isFile(name))).toEqual([])
  })

  test('README.md has at most 10 kB', () => {
    expect(Buffer.byteLength(pages.get('README.md') ?? '')).toBeLessThanOrEqual(10_000)
  })

  test('the package contains every page to which the README links', () => {
    const { files } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8'))
    const packed = ['README.md', 'LICENSE', ...files]
    const targets = linksOf('README.md').map(({ target }) => target)
    expect(targets.filter((target) => !packed.some((start) => target.startsWith(start)))).toEqual(
      [],
    )
  })
})

/** What `papermill --help` lists (2.6), with the number of values that each takes. */
const papermillFlags: Readonly<Record<string, number>> = {
  '--help-notebook': 0,
  '-p': 2,
  '--parameters': 2,
  '-r': 2,
  '--parameters_raw': 2,
  '-f': 1,
  '--parameters_file': 1,
  '-y': 1,
  '--parameters_yaml': 1,
  '-b': 1,
  '--parameters_base64': 1,
  '--inject-input-path': 0,
  '--inject-output-path': 0,
  '--inject-paths': 0,
  '--engine': 1,
  '--request-save-on-cell-execute': 0,
  '--no-request-save-on-cell-execute': 0,
  '--autosave-cell-every': 1,
  '--prepare-only': 0,
  '--prepare-execute': 0,
  '-k': 1,
  '--kernel': 1,
  '-l': 1,
  '--language': 1,
  '--cwd': 1,
  '--progress-bar': 0,
  '--no-progress-bar': 0,
  '--log-output': 0,
  '--no-log-output': 0,
  '--stdout-file': 1,
  '--stderr-file': 1,
  '--log-level': 1,
  '--start-timeout': 1,
  '--start_timeout': 1,
  '--execution-timeout': 1,
  '--report-mode': 0,
  '--no-report-mode': 0,
  '--version': 0,
  '-h': 0,
  '--help': 0,
}

describe('the page for users of papermill', () => {
  const rows = (pages.get('docs/papermill.md') ?? '').split('\n')

  test.each(Object.entries(papermillFlags))('says whether %s is taken', (flag, values) => {
    const row = rows.find((line) => line.startsWith('|') && line.includes(`\`${flag}\``))
    const [, , meaning] = row?.split('|') ?? []
    const args = [flag, ...Array.from({ length: values }, () => '1')]
    const isTaken = errorTextOf(() => parseArgv(args)).startsWith('not refused')
    expect([flag, meaning?.trim().startsWith('refused')]).toEqual([flag, !isTaken])
  })
})

describe('the example of a cancelled run', () => {
  const block = /^```console\n([^`]*-X DELETE[^`]*)^```/m.exec(pages.get('docs/http.md') ?? '')
  const [first = '', ...others] = block?.[1]?.match(/^\$ .*/gm) ?? []

  // curl writes its cookies when a request has ended, and a run has not when it is to be cancelled.
  test('gets the cookie of an instance before the run, and sends it with both requests', () => {
    expect(first).toMatch(/ -c jar \$URL\/openapi\.json$/)
    expect(others.map((line) => line.includes(' -b jar '))).toEqual([true, true])
  })
})

describe('the table of errors', () => {
  const thrown = new Set(sourcesBelow('src').flatMap(codesThrown))

  test.each(Object.keys(errorCodes))('has no code that is never thrown: %s', (code) => {
    expect(thrown).toContain(code)
  })
})

/** The tables of `page` with the same heading as `table`. */
function tablesLike(table: string, page: string): readonly string[] {
  const [heading = ''] = table.split('\n')
  const blocks = (pages.get(page) ?? '').split('\n\n').map((block) => block.trim())
  return blocks.filter((block) => block.startsWith(heading))
}

interface Link {
  /** The path in the repository to which it leads. */
  readonly target: string
  /** The anchor of a heading, or the empty string. */
  readonly anchor: string
}

/** The links of a page that lead to files of this repository. */
function linksOf(page: string): readonly Link[] {
  const text = withoutCode(pages.get(page) ?? '')
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
  return links
    .filter((link) => !/^https?:/.test(link))
    .map((link) => {
      const [path = '', anchor = ''] = link.split('#')
      return { target: path === '' ? page : join(page, '..', path), anchor }
    })
}

/** Whether there is such a path, or such a TypeScript file or test. */
function isFile(name: string): boolean {
  return ['', '.ts', '.test.ts'].some((end) => existsSync(join(repositoryRoot, name + end)))
}

function exists({ target, anchor }: Link): boolean {
  if (!existsSync(join(repositoryRoot, target))) return false
  return anchor === '' || anchorsOf(target).includes(anchor)
}

/** The anchors that GitHub gives the headings of a page. */
function anchorsOf(page: string): readonly string[] {
  const headings = withoutCode(pages.get(page) ?? '').matchAll(/^#+ (.*)$/gm)
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function withoutCode(page: string): string {
  return page.replaceAll(/^```[^]*?^```$/gm, '')
}

function sourcesBelow(folder: string): string[] {
  const names = readdirSync(join(repositoryRoot, folder), { recursive: true, encoding: 'utf8' })
  const files = names.filter((name) => name.endsWith('.ts'))
  return files.map((name) => readFileSync(join(repositoryRoot, folder, name), 'utf8'))
}

/** The codes with which a RunError or NoEffectError is made, at once or by way of an object or a pair. */
function codesThrown(source: string): string[] {
  const made = /(?:new (?:RunError|NoEffectError)\(|\bnotRead\(|\[|\bcode:)\s*'([A-Z_]+)'/g
  return [...source.matchAll(made)].map(([, code]) => code ?? '')
}
