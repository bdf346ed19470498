import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { commandProgram, endOf, startProgram } from '../support/command.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import { childCpuSecondsOf, cpuSecondsOf } from './ours.ts'
import type { Place } from './place.ts'

/** What V8 writes: for every sample the node it was in, and the time since the sample before. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** Seconds by what took them. */
type Shares = ReadonlyMap<string, number>

const sampleUs = 200

/** Says where the time of the command goes, by V8's profile of one run and the system's accounts. */
export async function profileCommand({ server }: Place, args: readonly string[]): Promise<string> {
  await using folder = await ScratchFolder.make('profile')
  const flags = ['--cpu-prof', `--cpu-prof-dir=${folder.path}`, `--cpu-prof-interval=${sampleUs}`]
  const env = { JUPYTER_SERVER: server.host, JUPYTER_TOKEN: server.token }
  const before = { server: cpuSecondsOf(server.pid), kernel: childCpuSecondsOf(server.pid) }
  await using child = await startProgram(process.execPath, [...flags, commandProgram, ...args], env)
  const { status, stderr } = await endOf(child)
  if (status !== 0) throw new Error(`Cannot profile: the command ended with ${status}: ${stderr}`)
  const [name = ''] = await readdir(folder.path)
  const profile: CpuProfile = JSON.parse(await readFile(join(folder.path, name), 'utf8'))
  const kinds = sharesOf(profile, kindOf)
  return `By V8's profile of one run as a command, ${seconds(totalOf(kinds))} in all, it spent
${list(kinds, kinds.size)}; of single functions ${list(sharesOf(profile, nameOf), 4)}. By the
system's account the server computed for ${seconds(cpuSecondsOf(server.pid) - before.server)} in that time, and the
kernel for ${seconds(childCpuSecondsOf(server.pid) - before.kernel)}.`
}

type Frame = CpuProfile['nodes'][number]['callFrame']

function sharesOf(
  { nodes, samples, timeDeltas }: CpuProfile,
  keyOf: (frame: Frame) => string | null,
): Shares {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const shares = new Map<string, number>()
  for (const [place, id] of samples.entries()) {
    const frame = frames.get(id)
    const key = frame === undefined ? null : keyOf(frame)
    if (key !== null) shares.set(key, (shares.get(key) ?? 0) + (timeDeltas[place] ?? 0) / 1e6)
  }
  return shares
}

function kindOf({ functionName, url }: Frame): string {
  if (functionName === '(idle)') return 'waiting for the server'
  if (functionName === '(garbage collector)') return 'collecting garbage'
  if (url.startsWith('node:')) return "in Node's own modules"
  return url === '' ? 'in what is built into Node' : 'in ours and its packages'
}

function nameOf({ functionName, url }: Frame): string | null {
  if (functionName === '' || functionName.startsWith('(')) return null
  const name = functionName.startsWith('RegExp') ? 'RegExp' : functionName
  const isOurs = url !== '' && !url.startsWith('node:')
  return `\`${name}\` (${isOurs ? 'ours' : 'Node'})`
}

function totalOf(shares: Shares): number {
  return [...shares.values()].reduce((all, share) => all + share, 0)
}

function list(shares: Shares, most: number): string {
  const largest = [...shares].toSorted(([, a], [, b]) => b - a).slice(0, most)
  return largest.map(([key, share]) => `${seconds(share)} ${key}`).join(', ')
}

function seconds(figure: number): string {
  return `${figure.toFixed(2)} s`
}
