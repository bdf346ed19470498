import { isRecord } from '../src/util/record.ts'
import { endAllChildren } from './support/child.ts'
import { type DemoJupyter, demoNotebook, openDemoJupyter } from './support/demo_jupyter.ts'
import { FunctionProcess, type LogEntry } from './support/function_process.ts'
import { messageOf } from '../src/errors.ts'

process.exitCode = await main()

async function main(): Promise<number> {
  let interrupted = false
  const interrupt = () => {
    interrupted = true
    void endAllChildren() // what waits for a child gets an error, and cleans up
  }
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  try {
    await demo()
    return 0
  } catch (error) {
    say(interrupted ? '\nInterrupted: everything is ended again' : `\n${messageOf(error)}`)
    return interrupted ? 130 : 1
  }
}

/** The main job on real parts: a Pub/Sub event has the function run a notebook on Jupyter. */
async function demo(): Promise<void> {
  await using jupyter = await openDemoJupyter(process.env)
  say(`1. Jupyter Server ${await jupyter.api.version()} runs at ${jupyter.api.url}`)
  say(`   and has the notebook ${demoNotebook}`)

  await using running = await FunctionProcess.start({ env: jupyter.functionEnv })
  say(`2. The function nbtrigger runs at ${running.url}, as Google runs it`)

  const https = jupyter.api.url.startsWith('https:') ? ' --use-https' : ''
  const message = `${jupyter.host} ${demoNotebook}${https}`
  say(`3. Pub/Sub delivers the message\n     ${message}\n   and the function logs`)
  const report = await deliver(running, message)

  say(`4. The result is ${resultOf(report)}`)
  await requireNoKernel(jupyter, report)
  say('   and no kernel is left behind')
}

/** Delivers the message, shows each log entry when it comes, and picks the report. */
async function deliver(running: FunctionProcess, message: string): Promise<LogEntry> {
  let shown = 0
  const showNew = () => {
    const entries = running.entries().slice(shown)
    shown += entries.length
    for (const { severity, message: text } of entries)
      say(`     ${String(severity)}: ${String(text)}`)
  }
  const watch = setInterval(showNew, 20)
  try {
    const status = await running.deliver(message)
    const report = await running.waitForEntry(({ event }) => event === 'run_finished', 2_000)
    showNew()
    if (status === 204) return report
    throw new Error(`Cannot deliver the message: the function answers ${status}, not 204`)
  } finally {
    clearInterval(watch)
  }
}

function resultOf({ outcome, result }: LogEntry): string {
  const data = isRecord(result) && isRecord(result['data']) ? result['data'] : {}
  const text = data['text/plain']
  if (outcome === 'succeeded' && text === '15') return text
  throw new Error(
    `Cannot show the result 15: the outcome is "${String(outcome)}", see the log above`,
  )
}

async function requireNoKernel({ api }: DemoJupyter, { kernel }: LogEntry): Promise<void> {
  const id = isRecord(kernel) ? kernel['id'] : undefined
  if ((await api.kernels()).every((other) => other.id !== id)) return
  throw new Error(`Cannot find the server clean: the kernel ${JSON.stringify(id)} still runs`)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
