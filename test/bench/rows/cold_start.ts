import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Child } from '../../support/child.ts'
import { httpRequest } from '../../support/http_request.ts'
import { freePort } from '../../support/port.ts'
import { deliveryOf, textMessage } from '../../support/pubsub_delivery.ts'
import { repositoryRoot } from '../../support/repository.ts'
import { secondsSince } from '../ours.ts'
import type { Row, Sample } from '../row.ts'

/** What a new instance takes before it does anything: both answer a message that asks for nothing. */
export const coldStart: Row = {
  name: 'cold-start',
  work: 'cold start of the function: process start to the answer to a refused message',
  rounds: 15,
  notes: `The framework takes most of both times. nbtrigger's part is the loading of one bundled file and of those
that it shares with the command: as some 55 separate modules and their packages it took 0.02 s longer, 0.3 to
0.5 ms for opening and compiling each. The code that runs a notebook is loaded when there is one to run.`,
  bars: [{ measure: 'seconds', of: 'nbtrigger', over: 'an empty function', atMost: 1.15 }],
  contenders: async () => [
    { name: 'nbtrigger', run: () => untilFirstAnswer(repositoryRoot) },
    { name: 'an empty function', run: () => untilFirstAnswer(emptyFunction) },
  ],
}

const emptyFunction = join(repositoryRoot, 'build/test/bench/peers/empty_function')
const framework = join(repositoryRoot, 'node_modules/.bin/functions-framework')

async function untilFirstAnswer(source: string): Promise<Sample> {
  const port = await freePort()
  const target = ['--target=nbtrigger', '--signature-type=cloudevent', `--source=${source}`]
  const google = { LOG_EXECUTION_ID: 'true', NODE_ENV: 'production', K_SERVICE: 'nbtrigger' }
  const startedTick = performance.now()
  await using child = await Child.start({
    command: process.execPath,
    args: [framework, ...target, `--port=${port}`],
    env: { PATH: process.env['PATH'], ...google },
  })
  while (child.status === undefined) {
    const status = await firstAnswer(port)
    const seconds = secondsSince(startedTick)
    if (status === 204) return { seconds }
    if (status !== null) throw child.failure(`Cannot measure: it answers ${status}`)
    await pause(2)
  }
  throw child.failure('Cannot measure: the function ended')
}

/** null as long as nothing listens. */
async function firstAnswer(port: number): Promise<number | null> {
  const { path, headers, body } = deliveryOf(textMessage('--no-such-flag'), '1', 'binary')
  const url = `http://127.0.0.1:${port}${path}`
  return await httpRequest(url, { method: 'POST', headers, body }).then(
    ({ status }) => status,
    () => null,
  )
}
