import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { HttpFunction } from './support/http_function.ts'
import { FunctionProcess } from './support/function_process.ts'
import { JupyterServer } from './support/jupyter_server.ts'
import { Opened } from './support/opened.ts'
import { until } from './support/until.ts'

/** What took a process to the end of its stack did so after some eight times. */
const times = 12
const token = 'q7/Zr+9w=K&m~4x.T%h2'
const opened = new Opened()
let env: Readonly<Record<string, string>>

beforeAll(async () => {
  const server = opened.use(await JupyterServer.start({ token }))
  await server.writeNotebook('quiet.ipynb', ['x = 5'])
  env = { JUPYTER_SERVER: server.host, JUPYTER_TOKEN: token }
})
afterAll(() => opened[Symbol.asyncDispose]())

/** A letter beyond ASCII has V8 compile its expressions for all of Unicode. */
const deepYaml = {
  lists: `é: ${'['.repeat(3_000)}`,
  maps: `é: ${'{a: '.repeat(3_000)}`,
  items: `é: \n${'- '.repeat(3_000)}`,
  keys: `${'? '.repeat(3_000)}é`,
  tags: `é: ${'!!seq ['.repeat(3_000)}`,
  'what is merged': `é0: &a0 {x: 1}\n${lines(300, (n) => `é${n + 1}: &a${n + 1} {<<: *a${n}}`)}`,
  'what has anchors': `é0: &a0 [x]\n${lines(300, (n) => `é${n + 1}: &a${n + 1} [*a${n}]`)}`,
}

describe('the function for Pub/Sub', () => {
  test('continues after endlessly nested YAML', async () => {
    await using running = await FunctionProcess.start({ env })
    for (let count = 0; count < times; count++) {
      for (const yaml of Object.values(deepYaml)) {
        expect(await running.deliver(`/quiet.ipynb -y '${yaml}'`)).toBe(204)
      }
    }
    const count = times * Object.keys(deepYaml).length
    await until('the refusals', () => refusals(running) >= count || undefined)
    expect(refusals(running)).toBe(count)
    expect(await running.deliver('/quiet.ipynb')).toBe(204)
    await running.waitForEntry(({ outcome }) => outcome === 'succeeded')
    expect(running.entries().at(-1)).toMatchObject({ outcome: 'succeeded' })
  })

  test('continues after endlessly nested JSON', async () => {
    await using running = await FunctionProcess.start({ env })
    const headers = { 'content-type': 'application/json' }
    for (const unit of ['[', '{"a":']) {
      const deep = unit.repeat(100_000)
      for (let count = 0; count < times; count++) {
        await running.deliver(`{"event": ${deep}`)
        await running.post({ path: '/', headers, body: `{"message": ${deep}` })
      }
    }
    expect(await running.deliver('/quiet.ipynb')).toBe(204)
    await running.waitForEntry(({ outcome }) => outcome === 'succeeded')
    expect(running.entries().at(-1)).toMatchObject({ outcome: 'succeeded' })
  })
})

describe('the HTTP service', () => {
  test('continues after endlessly nested YAML and JSON', async () => {
    await using service = await HttpFunction.start(env)
    const headers = { 'Content-Type': 'text/plain' }
    const answers: number[] = []
    for (let count = 0; count < times; count++) {
      for (const yaml of Object.values(deepYaml)) {
        const body = `/quiet.ipynb -y '${yaml}'`
        answers.push((await service.call({ method: 'POST', path: '/', headers, body })).status)
      }
      for (const unit of ['[', '{"é":']) {
        const body = `{"parameters": {"é": ${unit.repeat(100_000)}`
        answers.push((await service.postJson('/run/quiet.ipynb', body)).status)
      }
    }
    expect(new Set(answers)).toEqual(new Set([400]))
    expect((await service.get('/run/quiet.ipynb')).status).toBe(200)
  })
})

function lines(count: number, line: (place: number) => string): string {
  return Array.from({ length: count }, (_, place) => line(place)).join('\n')
}

function refusals(running: FunctionProcess): number {
  return running.entries().filter((entry) => JSON.stringify(entry).includes('100 levels deep'))
    .length
}
