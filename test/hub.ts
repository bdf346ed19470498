import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { endAllChildren } from './support/child.ts'
import { runCommand } from './support/command_run.ts'
import { JupyterHub } from './support/jupyter_hub.ts'

process.exitCode = await main(process.argv.slice(2))

/** Runs notebooks on a real JupyterHub, `--runs N` at once, each on a server of its own. */
async function main(args: readonly string[]): Promise<number> {
  const options = { runs: { type: 'string', default: '20' } } as const
  const { values } = parseArgs({ args: [...args], options })
  process.once('SIGINT', stop).once('SIGTERM', stop)
  await using hub = await JupyterHub.start()
  const startedTick = performance.now()
  const runs = Array.from({ length: Number(values.runs) }, (_, place) => runOne(hub, place))
  const outcomes = await Promise.all(runs)
  const left = await hub.servers('ann')
  const seconds = Math.round((performance.now() - startedTick) / 1000)
  const right = outcomes.filter((outcome) => outcome === 'right').length
  for (const outcome of outcomes) if (outcome !== 'right') say(outcome)
  say(`${right} of ${runs.length} runs are right, ${left.length} servers are left, ${seconds} s`)
  return right === runs.length && left.length === 0 ? 0 : 1
}

/** "right", or what is not. */
async function runOne(hub: JupyterHub, place: number): Promise<string> {
  const path = `/${randomUUID()}.ipynb`
  await hub.writeNotebook(path, [`${place} * 10`])
  const args = [hub.host, path, '--hub', 'ann']
  const { report } = await runCommand(args, { token: hub.tokens.runner, limitMs: 600_000 })
  const isRight = report.result?.data['text/plain'] === String(place * 10)
  if (isRight && report.kernelDeleted === true && report.hub?.stopped === true) return 'right'
  return JSON.stringify({ error: report.error, hub: report.hub, warnings: report.warnings })
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function stop(): void {
  void endAllChildren().finally(() => process.exit(130))
}
