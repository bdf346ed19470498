import { EventEmitter } from 'node:events'
import { describe, expect, test } from '@jest/globals'
import { Interruption } from '../../src/cli/interruption.ts'
import type { RunEvent } from '../../src/events.ts'
import { noop } from '../../src/util/abort.ts'
import { sampleReport } from '../reporting/sample_events.ts'

const kernel = { id: 'kernel-1', name: 'python3' }
const started: RunEvent = {
  type: 'run_started',
  runId: 'r1',
  server: 'http://jupyter.test/',
  notebook: '/a.ipynb',
}

/** What a second Ctrl-C writes after these events. */
function textAtSecondCtrlC(...runs: readonly (readonly RunEvent[])[]): string {
  const written: string[] = []
  // A stand-in for the process: the real one would end with the test.
  const emitter = Object.assign(new EventEmitter(), { exit: () => undefined })
  const write = (text: string) => written.push(text)
  const interruption = new Interruption(emitter, { hasTerminal: true, write })
  for (const [run, events] of runs.entries()) {
    for (const event of events) interruption.observe(event, run)
  }
  emitter.emit('SIGINT')
  emitter.emit('SIGINT')
  return written.join('')
}

describe('the signal of an Interruption', () => {
  test.each([
    { name: 'SIGINT', resumable: null, code: 'CANCELLED' },
    { name: 'SIGTERM', resumable: null, code: 'CANCELLED' },
    { name: 'SIGINT', resumable: 'r1', code: 'CANCELLED' },
    { name: 'SIGTERM', resumable: 'r1', code: 'SUSPENDED' },
    { name: 'SIGHUP', resumable: 'r1', code: 'SUSPENDED' },
  ])('aborts with $code at $name where --resume is for $resumable', (row) => {
    const { name, resumable, code } = row
    const emitter = Object.assign(new EventEmitter(), { exit: noop })
    const interruption = new Interruption(emitter, { hasTerminal: true, resumable, write: noop })
    emitter.emit(name)
    expect(interruption.signal.reason).toMatchObject({ code })
  })
})

describe('Interruption', () => {
  test('names the kernel that the run created, and how to delete it', () => {
    const text = textAtSecondCtrlC([started, { type: 'kernel_created', kernel }])
    expect(text).toContain('the kernel kernel-1 ("python3") may still run')
    expect(text).toContain('-X DELETE')
  })

  test('names the kernels of all runs that go on', () => {
    const other = { id: 'kernel-2', name: 'python3' }
    const ended: RunEvent = { type: 'run_finished', report: sampleReport(), notebook: null }
    const text = textAtSecondCtrlC(
      [started, { type: 'kernel_created', kernel }],
      [started, { type: 'kernel_created', kernel: { id: 'kernel-3', name: 'python3' } }, ended],
      [started, { type: 'kernel_created', kernel: other }],
    )
    expect(text.match(/the kernel kernel-\d/g)).toEqual([
      'the kernel kernel-1',
      'the kernel kernel-2',
    ])
  })

  test('does not advise to delete a kernel that was there before the run', () => {
    const text = textAtSecondCtrlC([started, { type: 'kernel_started', kernel, cellsToRun: 1 }])
    expect(text).toContain('no kernel is left behind')
    expect(text).not.toContain('DELETE')
  })

  test('names the server that JupyterHub started for the run, and how to stop it', () => {
    const hub = 'http://hub.test/hub/'
    const starting: RunEvent = { type: 'hub_starting', hub, user: 'ann', server: 'nbt-1' }
    const text = textAtSecondCtrlC([started, starting, { type: 'kernel_created', kernel }])
    expect(text).toContain('the server "ann/nbt-1" may still run on JupyterHub')
    expect(text).toContain('http://hub.test/hub/api/users/ann/servers/nbt-1')
  })
})
