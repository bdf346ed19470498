import { EventEmitter } from 'node:events'
import { describe, expect, test } from '@jest/globals'
import { Interruption } from '../../src/cli/interruption.ts'
import type { RunEvent } from '../../src/events.ts'

const kernel = { id: 'kernel-1', name: 'python3' }
const started: RunEvent = {
  type: 'run_started',
  runId: 'r1',
  server: 'http://jupyter.test/',
  notebook: '/a.ipynb',
}

/** What a second Ctrl-C writes after these events. */
function textAtSecondCtrlC(events: readonly RunEvent[]): string {
  const written: string[] = []
  // A stand-in for the process: the real one would end with the test.
  const emitter = Object.assign(new EventEmitter(), { exit: () => undefined })
  const write = (text: string) => written.push(text)
  const interruption = new Interruption(emitter, { hasTerminal: true, write })
  for (const event of events) interruption.observe(event)
  emitter.emit('SIGINT')
  emitter.emit('SIGINT')
  return written.join('')
}

describe('Interruption', () => {
  test('names the kernel that the run created, and how to delete it', () => {
    const text = textAtSecondCtrlC([started, { type: 'kernel_created', kernel }])
    expect(text).toContain('the kernel kernel-1 ("python3") may still run')
    expect(text).toContain('-X DELETE')
  })

  test('does not advise to delete a kernel that was there before the run', () => {
    const text = textAtSecondCtrlC([started, { type: 'kernel_started', kernel, cellsToRun: 1 }])
    expect(text).toContain('no kernel is left behind')
    expect(text).not.toContain('DELETE')
  })
})
