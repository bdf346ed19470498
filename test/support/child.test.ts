import { describe, expect, test } from '@jest/globals'
import { Child } from './child.ts'
import { descendantsOf, isRunning } from './processes.ts'

const node = (script: string) => Child.start({ command: process.execPath, args: ['-e', script] })

describe('Child', () => {
  test('start() fails when there is no such program', async () => {
    const start = Child.start({ command: '/no/such/program', args: [] })
    await expect(start).rejects.toThrow('Cannot start "/no/such/program": spawn')
  })

  test('untilLine() finds a line on stderr', async () => {
    await using child = await node('console.error("ready at 7"); setTimeout(() => {}, 60_000)')
    expect(await child.untilLine(/^ready/)).toBe('ready at 7')
  })

  test('untilLine() fails with the output when the child ends first', async () => {
    await using child = await node('console.log("no luck"); process.exitCode = 3')
    const line = child.untilLine(/^ready/)
    await expect(line).rejects.toThrow('"node" ended with 3; it wrote:\nno luck')
  })

  test('until() fails after its time limit', async () => {
    await using child = await node('setTimeout(() => {}, 60_000)')
    const wait = child.until('a wonder', () => undefined, 100)
    await expect(wait).rejects.toThrow('Cannot wait longer for a wonder: 0.1 s are over')
  })

  test('end() kills a child that ignores SIGTERM, and its own child', async () => {
    const deaf = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 60_000)'
    const grandchild = `require("node:child_process").spawn(process.execPath, ["-e", '${deaf}'])`
    await using child = await node(`${deaf}; ${grandchild}; console.log("ready")`)
    await child.untilLine(/^ready/)
    const all = [child.pid, ...descendantsOf(child.pid)]
    expect(all).toHaveLength(2)
    await child.end(300)
    expect(all.filter(isRunning)).toEqual([])
    expect(child.status).toBe('SIGKILL')
  })
})
