import { readFileSync } from 'node:fs'
import { KernelManager, ServerConnection } from '@jupyterlab/services'
import type { PlainWork } from './plain.ts'

// The peer as a process: its work stands in the file that is named.
const { host, token, cells }: PlainWork = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))
const serverSettings = ServerConnection.makeSettings({
  baseUrl: `http://${host}`,
  wsUrl: `ws://${host}`,
  token,
})
const startedTick = performance.now()
const manager = new KernelManager({ serverSettings, standby: 'never' })
const kernel = await manager.startNew({ name: 'python3' })
for (const code of cells) {
  const { content } = await kernel.requestExecute({ code, stop_on_error: true }).done
  if (content.status !== 'ok') throw new Error(`Cannot go on: a cell ended with ${content.status}`)
}
await kernel.shutdown()
const seconds = (performance.now() - startedTick) / 1000
process.stdout.write(`${JSON.stringify({ seconds })}\n`)
process.exit()
