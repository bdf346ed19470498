import { describe, expect, test } from '@jest/globals'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FunctionProcess } from './function_process.ts'
import type { DeliveryShape } from './pubsub_delivery.ts'
import { isRunning } from './processes.ts'
import { repositoryRoot } from './repository.ts'
import { ScratchFolder } from './scratch_folder.ts'
import { until } from './until.ts'

const framework = join(repositoryRoot, 'node_modules/@google-cloud/functions-framework')

/** Logs what it was called with, and refuses the text "refuse". */
const echo = `
const functions = require(${JSON.stringify(framework)})
functions.cloudEvent('nbtrigger', ({ id, type, data }) => {
  const text = Buffer.from(data.message.data ?? '', 'base64').toString()
  console.log(JSON.stringify({ severity: 'INFO', message: text, id, type }))
  if (text === 'refuse') throw new Error('refused')
})`

describe('FunctionProcess', () => {
  test('deliver() reaches the function in every format', async () => {
    await using folder = await ScratchFolder.make('function')
    await using running = await startEcho(folder.path)
    const type = 'google.cloud.pubsub.topic.v1.messagePublished'
    for (const shape of ['binary', 'structured', 'push', 'background'] satisfies DeliveryShape[]) {
      expect(await running.deliver(`by ${shape} é`, { shape, id: shape })).toBe(204)
      const entry = await running.waitForEntry(({ id }) => id === shape)
      expect(entry).toMatchObject({ severity: 'INFO', message: `by ${shape} é`, type })
    }
    expect(running.entries()).toHaveLength(4)
  }, 60_000)

  test('deliver() answers 500 when the function refuses', async () => {
    await using folder = await ScratchFolder.make('function')
    await using running = await startEcho(folder.path)
    expect(await running.deliver({ attributes: { only: 'these' } })).toBe(204)
    expect(await running.deliver('refuse')).toBe(500)
    const isTold = () => running.output.includes('Error: refused') || undefined
    await until('the error, which the answer does not wait for', isTold)
  }, 60_000)

  test('terminate() ends the process', async () => {
    await using folder = await ScratchFolder.make('function')
    await using running = await startEcho(folder.path)
    expect(await running.terminate()).toBe(0)
    expect(isRunning(running.pid)).toBe(false)
  }, 60_000)
})

async function startEcho(folder: string): Promise<FunctionProcess> {
  await writeFile(join(folder, 'package.json'), '{ "main": "echo.cjs" }')
  await writeFile(join(folder, 'echo.cjs'), echo)
  return FunctionProcess.start({ source: folder })
}
