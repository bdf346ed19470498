import { describe, expect, test } from '@jest/globals'
import { doctorHelpText } from '../../src/cli/help.ts'
import { errorCodes } from '../../src/errors.ts'
import { environmentTable, errorsTable, helpText, optionsTable } from '../../src/request/help.ts'
import { allOptions, positionals, variables } from '../../src/request/options.ts'

function codesOf({ httpOnly }: { readonly httpOnly: boolean }): string[] {
  const all = Object.entries(errorCodes)
  return all.filter(([, entry]) => 'httpOnly' in entry === httpOnly).map(([name]) => name)
}

describe('helpText()', () => {
  test.each([
    ...allOptions.map(({ name }) => `--${name}`),
    ...Object.values(positionals).flatMap(({ argument, variable }) => [argument, variable]),
    ...Object.keys(variables),
    ...codesOf({ httpOnly: false }),
  ])('names %s', (name) => {
    expect(helpText()).toContain(name)
  })

  test.each(codesOf({ httpOnly: true }))(
    'does not name %s, which only concerns HTTP requests',
    (name) => {
      expect(helpText()).not.toContain(name)
    },
  )

  test('fits into 100 columns', () => {
    const widths = helpText()
      .split('\n')
      .map((line) => line.length)
    expect(Math.max(...widths)).toBeLessThanOrEqual(100)
  })

  test('lists the exit status of every error', () => {
    expect(helpText()).toMatch(
      /\n {2}0 +the notebook ran to its end\n {2}1 +CELL_FAILED\n {2}2 +ARG/,
    )
    expect(helpText()).toMatch(/\n {2}130 +CANCELLED, SUSPENDED\n/)
  })
})

describe('doctorHelpText()', () => {
  test('explains how to call the doctor, and fits into 100 columns', () => {
    expect(doctorHelpText()).toContain(
      'Usage: nbtrigger doctor HOST[:PORT] [/PATH.ipynb] [options]',
    )
    expect(doctorHelpText()).toContain('--base-url PREFIX')
    const widths = doctorHelpText()
      .split('\n')
      .map((line) => line.length)
    expect(Math.max(...widths)).toBeLessThanOrEqual(100)
  })
})

describe('optionsTable()', () => {
  test('has a row for every argument and option', () => {
    const rows = optionsTable().split('\n').slice(2)
    expect(rows).toHaveLength(Object.keys(positionals).length + allOptions.length)
    expect(rows.map(cellsOf)).toContainEqual([
      '`--timeout SECONDS`',
      '`NBTRIGGER_TIMEOUT`',
      'function 510 at most, HTTP 3570 at most, job and command none',
      'limit for the whole run; ending it in an orderly way may take up to 25 s more',
    ])
    expect(rows.map(cellsOf)).toContainEqual([
      '`--json`',
      '',
      'off',
      'print the whole report as one JSON object (command only)',
    ])
  })

  test('aligns its columns', () => {
    const bars = optionsTable()
      .split('\n')
      .map((line) => [...line.matchAll(/\|/g)].map(({ index }) => index))
    expect(new Set(bars.map(String)).size).toBe(1)
  })
})

describe('errorsTable()', () => {
  test('has a row for every error', () => {
    const rows = errorsTable().split('\n').slice(2).map(cellsOf)
    expect(rows.map(([name]) => name)).toEqual(Object.keys(errorCodes).map((name) => `\`${name}\``))
    const meaning = 'The server does not answer, or only with 429 or 5xx'
    expect(rows).toContainEqual(['`SERVER_UNREACHABLE`', meaning, 'yes', '3', '503'])
  })
})

describe('environmentTable()', () => {
  test('has a row for every variable that only the environment sets', () => {
    const rows = environmentTable().split('\n').slice(2).map(cellsOf)
    expect(rows.map(([name]) => name)).toEqual(Object.keys(variables).map((name) => `\`${name}\``))
  })
})

function cellsOf(row: string): string[] {
  return row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
}
