import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { Child } from '../support/child.ts'
import { endOf, startProgram } from '../support/command.ts'
import { repositoryRoot } from '../support/repository.ts'

const built = pathToFileURL(join(repositoryRoot, 'build/src/util/shutdown.js')).href

/** A process that does `work` under guard, and ends with 7 when an older listener is called. */
async function startGuarded(work: string): Promise<Child> {
  const script = `
    import { once } from 'node:events'
    import { setTimeout as pause } from 'node:timers/promises'
    import { Shutdown } from ${JSON.stringify(built)}
    for (const name of ['SIGTERM', 'SIGINT']) process.on(name, () => process.exit(7))
    const keepsAlive = setInterval(() => {}, 1000)
    const shutdown = new Shutdown(process)
    const cleanUp = async (name, ms, signal) => {
      await once(signal, 'abort')
      await pause(ms)
      console.log(name, signal.reason.code, signal.reason.message)
    }
    ${work}
    console.log('ready')`
  const child = await startProgram(process.execPath, ['--input-type=module', '-e', script], {})
  await child.untilLine(/^ready$/)
  return child
}

async function stop(child: Child, signal: NodeJS.Signals) {
  const startedTick = performance.now()
  process.kill(child.pid, signal)
  const { status, stdout } = await endOf(child, 12_000)
  return { status, lines: stdout.split('\n').slice(0, -1), ms: performance.now() - startedTick }
}

const reason = (name: string) =>
  `INSTANCE_STOPPED Cannot go on: the platform stops this instance (${name})`

describe('Shutdown', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('lets all runs clean up at %s', async (signal) => {
    await using child = await startGuarded(`
      void shutdown.guard((signal) => cleanUp('slow', 400, signal))
      void shutdown.guard((signal) => cleanUp('fast', 100, signal))`)
    const { status, lines, ms } = await stop(child, signal)
    expect(lines).toEqual(['ready', `fast ${reason(signal)}`, `slow ${reason(signal)}`])
    expect(status).toBe(0)
    expect(ms).toBeLessThan(6_000) // 8 s when a run does not end
  })

  test('gives each run its own signal, and a late run an aborted one', async () => {
    await using child = await startGuarded(`
      const signals = []
      void shutdown.guard((signal) => signals.push(signal))
      void shutdown.guard(async (signal) => {
        signals.push(signal)
        await cleanUp('first', 200, signal)
      })
      void shutdown.guard(async (signal) => {
        await once(signal, 'abort')
        await shutdown.guard(async (late) => console.log(new Set([...signals, late]).size, late.aborted))
      })`)
    const { status, lines } = await stop(child, 'SIGTERM')
    expect([status, lines]).toEqual([0, ['ready', '3 true', `first ${reason('SIGTERM')}`]])
  })

  test('continues to clean up when more signals arrive', async () => {
    await using child = await startGuarded(`
      void shutdown.guard((signal) => cleanUp('slow', 3_000, signal))
      void shutdown.guard((signal) => cleanUp('fast', 100, signal))`)
    process.kill(child.pid, 'SIGTERM')
    await child.untilLine(/^fast/)
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGTERM'] as const) process.kill(child.pid, signal)
    const { status, stdout } = await endOf(child, 12_000)
    const lines = ['ready', `fast ${reason('SIGTERM')}`, `slow ${reason('SIGTERM')}`]
    expect([status, stdout.split('\n').slice(0, -1)]).toEqual([0, lines])
  })

  test('waits for a run whose clean-up fails', async () => {
    await using child = await startGuarded(`
      const failing = shutdown.guard(async (signal) => {
        await cleanUp('failing', 100, signal)
        throw new Error('no luck')
      })
      failing.catch((error) => console.log(error.message))`)
    const { status, lines } = await stop(child, 'SIGTERM')
    expect([status, lines]).toEqual([0, ['ready', `failing ${reason('SIGTERM')}`, 'no luck']])
  })

  test('ends the process as soon as its runs are over', async () => {
    await using child = await startGuarded(`await shutdown.guard(async () => 'done')`)
    const { status, ms } = await stop(child, 'SIGTERM')
    expect(status).toBe(0)
    expect(ms).toBeLessThan(6_000) // 8 s when a run does not end
  })

  test('waits for a run that never ends no longer than Google does', async () => {
    await using child = await startGuarded(`
      void shutdown.guard((signal) => {
        signal.addEventListener('abort', () => {
          const startedTick = performance.now()
          process.on('exit', () => console.log(Math.round(performance.now() - startedTick)))
        })
        return new Promise(() => {})
      })
      void shutdown.guard((signal) => cleanUp('good', 100, signal))`)
    const { status, lines } = await stop(child, 'SIGTERM')
    const [ready, good, ms] = lines
    expect([status, ready, good]).toEqual([0, 'ready', `good ${reason('SIGTERM')}`])
    expect(Number(ms)).toBeGreaterThan(7_500)
    expect(Number(ms)).toBeLessThan(9_500)
  })

  test('guard() returns the result of the work', async () => {
    await using child = await startGuarded(`
      console.log(await shutdown.guard(async (signal) => signal.aborted))
      await shutdown.guard(async () => { throw new Error('broken') }).catch(({ message }) => console.log(message))`)
    expect(child.stdout).toBe('false\nbroken\nready\n')
  })
})
