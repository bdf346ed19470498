import { describe, expect, test } from '@jest/globals'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { errorCodes } from '../src/errors.ts'
import { environmentTable, errorsTable, optionsTable } from '../src/request/help.ts'
import { repositoryRoot } from './support/repository.ts'

describe('README.md', () => {
  test.each([
    ['options', optionsTable()],
    ['environment', environmentTable()],
    ['errors', errorsTable()],
  ])('has the table of the %s as the source has it, once', (_, table) => {
    const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8')
    const [heading = ''] = table.split('\n')
    const found = readme.split('\n\n').filter((block) => block.trim().startsWith(heading))
    expect(found.map((block) => block.trim())).toEqual([table])
  })
})

describe('the table of errors', () => {
  const thrown = new Set(sourcesBelow('src').flatMap(codesThrown))

  test.each(Object.keys(errorCodes))('has no code that is never thrown: %s', (code) => {
    expect(thrown).toContain(code)
  })
})

function sourcesBelow(folder: string): string[] {
  const names = readdirSync(join(repositoryRoot, folder), { recursive: true, encoding: 'utf8' })
  const files = names.filter((name) => name.endsWith('.ts'))
  return files.map((name) => readFileSync(join(repositoryRoot, folder, name), 'utf8'))
}

/** The codes with which a RunError or NotTaken is made, at once or by way of a pair of code and reason. */
function codesThrown(source: string): string[] {
  const made = /(?:new (?:RunError|NotTaken)\(|\[)\s*'([A-Z_]+)'/g
  return [...source.matchAll(made)].map(([, code]) => code ?? '')
}
