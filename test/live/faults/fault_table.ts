import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { RunReport } from '../../../src/events.ts'
import { describeWith } from '../../support/describe_with.ts'
import { inLanes } from '../../support/lanes.ts'
import type { CommandRun } from '../../support/command_run.ts'
import type { JupyterOptions } from '../../support/jupyter_process.ts'
import { JupyterServer } from '../../support/jupyter_server.ts'
import type { CellSource } from '../../support/notebook_file.ts'
import { expectNoKernel, runCells, type CellsOptions } from './cells.ts'

/** What a notebook does to its run, and how that has to end. */
export interface FaultRow extends CellsOptions {
  readonly name: string
  readonly cells: readonly CellSource[]
  readonly status: number
  readonly expected: { readonly [Field in keyof RunReport]?: unknown }
  /** The run may take this long, once its kernel has started. */
  readonly seconds: number
}

const lanes = 5

/** A command and a kernel that start take this long at most, on a busy machine. */
const startSeconds = 20

/** A test for each row, by the real command; the runs go side by side on one real server. */
export function testFaults(
  name: string,
  rows: readonly FaultRow[],
  options: JupyterOptions = {},
): void {
  describeWith(options.kind === 'debian' ? 'debian-jupyter' : [], name, () => {
    let server: JupyterServer
    let runs: ReadonlyMap<FaultRow, Promise<CommandRun>>
    beforeAll(async () => {
      server = await JupyterServer.start(options)
      runs = inLanes(rows, lanes, (row) => runCells(server, row.cells, row))
    })
    afterAll(() => server[Symbol.asyncDispose]())

    test.each(rows)('$name', async (row) => {
      const run = await runs.get(row)
      expect(run?.report).toMatchObject({ kernelDeleted: true, ...row.expected })
      expect(run?.status).toBe(row.status)
      expect(run?.seconds).toBeLessThan(startSeconds + row.seconds)
    })

    test('no kernel is left', () => expectNoKernel(server))
  })
}

/** Part of a text. */
export function having(text: string): unknown {
  return expect.stringContaining(text)
}
