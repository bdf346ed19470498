import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { setTimeout as pause } from 'node:timers/promises'
import { printing } from '../../support/controlled_cells.ts'
import { inBackground } from '../../support/in_background.ts'
import type { CommandRun } from '../../support/command_run.ts'
import { FaultProxy } from '../../support/fault_proxy.ts'
import { JupyterServer } from '../../support/jupyter_server.ts'
import { cellRuns, expectNoKernel, kernelIsBusy, runCells, textOf } from './cells.ts'
import { having } from './fault_table.ts'

const count = 40
const sleeping = 'import time; print("begun", flush=True); time.sleep(600)'

let server: JupyterServer
let silent: Promise<{ run: CommandRun; noticedMs: number }>
let lost: Promise<CommandRun>
beforeAll(async () => {
  server = await JupyterServer.start()
  silent = inBackground(runThroughSilence()) // the slow ones, beside all others
  lost = inBackground(runIntoSilence())
})
afterAll(() => server[Symbol.asyncDispose]())

describe('a connection that breaks', () => {
  test.each([
    ['FIN', 1],
    ['FIN', 5],
  ] as const)(
    '%s, %d times, is mended with the same session, and nothing that the server sends is lost',
    cutAndMend,
  )

  test.each([1, 5])('a run survives %d resets, and its result is right', async (times) => {
    const { run, channels, cut } = await runThroughCuts('RST', times)
    expect(run.report).toMatchObject({ outcome: 'succeeded', outputComplete: false })
    expect(textOf(run)).toBe("'all printed'")
    expect(channels).toHaveLength(cut + 1)
    expect(new Set(channels).size).toBe(1)
  })
})

describe('a server that stops', () => {
  test('a server that is stopped during the run ends it', async () => {
    await using stopped = await JupyterServer.start()
    const running = inBackground(runCells(stopped, [sleeping], { limitMs: 120_000 }))
    await kernelIsBusy(stopped)
    process.kill(stopped.pid, 'SIGTERM')
    const { report, status, seconds } = await running
    expect(seconds).toBeLessThan(40)
    expect(status).toBe(3)
    expect(report).toMatchObject({
      outcome: 'error',
      error: { code: 'KERNEL_GONE', retryable: false, cell: { index: 0 } },
    })
  })

  test('a server that is restarted during the run ends it: its kernel is gone', async () => {
    await using killed = await JupyterServer.start()
    await using next = await JupyterServer.start({ token: killed.token })
    await using proxy = await FaultProxy.start(killed.host)
    const running = inBackground(runCells(killed, [sleeping], { host: proxy.host }))
    await cellRuns(killed, proxy)
    proxy.target = next.host
    process.kill(killed.pid, 'SIGKILL')
    const { report, seconds } = await running
    expect(seconds).toBeLessThan(20)
    expect(report).toMatchObject({
      outcome: 'error',
      error: { code: 'KERNEL_GONE', retryable: false, cell: { index: 0 } },
    })
  })
})

describe('a network that stops responding', () => {
  test('the run ends at its limit, and its kernel is reported as left', async () => {
    const { report, status, seconds } = await lost
    expect(seconds).toBeLessThan(20 + 20)
    expect(status).toBe(3)
    expect(report).toMatchObject({
      outcome: 'timed_out',
      error: { code: 'RUN_TIMED_OUT', retryable: false },
      kernelDeleted: false,
      warnings: [
        having('The kernel did not say that cell 0 ended'),
        having(`Cannot delete the kernel ${report.kernel?.id}`),
      ],
    })
    await server.request('DELETE', `/api/kernels/${report.kernel?.id}`)
  })

  test('a short silence is noticed within 45 s, and the run continues', async () => {
    const { run, noticedMs } = await silent
    expect(noticedMs).toBeLessThan(45_000)
    expect(run.report).toMatchObject({ outcome: 'succeeded', outputComplete: false })
    expect(textOf(run)).toBe("'woke up'")
  })

  test('no kernel is left', () => expectNoKernel(server))
})

async function cutAndMend(how: 'FIN' | 'RST', times: number): Promise<void> {
  const { run, channels, cut, sent } = await runThroughCuts(how, times)
  expect(run.report).toMatchObject({
    outcome: 'succeeded',
    kernelDeleted: true,
    outputComplete: false,
    warnings: [having('The connection to the kernel broke during cell 0 and was restored')],
  })
  expect(textOf(run)).toBe("'all printed'")
  const sentLines = printedIn(sent).split('\n')
  const shownLines = printedBy(run.output).split('\n')
  expect(sentLines.length).toBeGreaterThan(count / 2)
  expect(sentLines.filter((line) => !shownLines.includes(line))).toEqual([])
  const shownNumbers = shownLines.slice(0, -1).map(Number)
  expect(shownNumbers).toEqual([...new Set(shownNumbers)].toSorted((a, b) => a - b))
  expect(channels).toHaveLength(cut + 1)
  expect(new Set(channels).size).toBe(1)
}

async function runThroughCuts(how: 'FIN' | 'RST', times: number) {
  await using proxy = await FaultProxy.start(server.host)
  const { cell, stop } = printing(server, count)
  const running = inBackground(runCells(server, [cell], { host: proxy.host, args: ['--verbose'] }))
  await cellRuns(server, proxy)
  let cut = 0
  for (; cut < times; cut += proxy.cut(how)) {
    await proxy.channel(cut + 1)
    await pause(400)
  }
  await stop()
  return { run: await running, channels: proxy.channels, cut, sent: proxy.sentOnChannels }
}

async function runThroughSilence(): Promise<{ run: CommandRun; noticedMs: number }> {
  await using proxy = await FaultProxy.start(server.host)
  const cell = 'import time; time.sleep(50); "woke up"'
  const running = inBackground(runCells(server, [cell], { host: proxy.host, limitMs: 90_000 }))
  await cellRuns(server, proxy)
  proxy.silence()
  const silentTick = performance.now()
  await proxy.channel(2, 60_000)
  const noticedMs = performance.now() - silentTick
  return { run: await running, noticedMs }
}

async function runIntoSilence(): Promise<CommandRun> {
  await using proxy = await FaultProxy.start(server.host)
  const args = ['--timeout', '20']
  const running = inBackground(runCells(server, [sleeping], { host: proxy.host, args }))
  await cellRuns(server, proxy)
  proxy.silenceAll()
  return await running
}

/**
 * What the server sent of the cell's stdout, but for what came with the answer to a handshake: it may lose a message itself, between the moment when the
 * connection is closed and the one when it begins to keep messages (`_on_zmq_reply()` of jupyter_server).
 */
function printedIn(sent: string): string {
  const texts = [...sent.matchAll(/"text": ?"((?:\d+\\n)+)"/g)]
  return texts.map(([, text]) => text?.replaceAll('\\n', '\n')).join('')
}

/** What the command showed of the cell's stdout, with --verbose. */
function printedBy(output: string): string {
  return output.replaceAll(/^(?!\d+$).*\n/gm, '')
}
