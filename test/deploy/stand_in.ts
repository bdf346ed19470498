import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endOf, startProgram, type Ended } from '../support/command.ts'
import { isDeclared } from '../support/declared_parts.ts'
import { Opened } from '../support/opened.ts'
import { repositoryRoot } from '../support/repository.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'

export interface GcloudCall {
  readonly args: readonly string[]
  /** What it read from stdin; null when it was not asked to. */
  readonly input: string | null
}

type Environment = Readonly<Record<string, string>>

const program = join(dirname(fileURLToPath(import.meta.url)), 'gcloud_stand_in.js')

/** What deploy.sh makes, in its order. */
export const deployed = [
  'iam service-accounts nbtrigger-jupyter',
  'iam service-accounts nbtrigger-function',
  'iam service-accounts nbtrigger-build',
  'secrets nbtrigger-token',
  'secrets versions nbtrigger-token',
  'pubsub topics t_nbtrigger',
  'pubsub topics t_nbtrigger_results',
  'pubsub topics t_nbtrigger_rejected',
  'pubsub subscriptions s_nbtrigger_rejected',
  'run services nbtrigger-jupyter',
  'functions nbtrigger',
  'run services nbtrigger-http',
  'scheduler jobs j_hourly_nbtrigger',
] as const

/** A machine whose gcloud is a stand-in, on a project called "demo". */
export class StandIn implements AsyncDisposable {
  readonly #folder: string
  readonly #opened: Opened

  private constructor(folder: string, opened: Opened) {
    this.#folder = folder
    this.#opened = opened
  }

  /** With these things in the project. */
  static async make(things: readonly string[] = []): Promise<StandIn> {
    await using opened = new Opened()
    const { path } = opened.use(await ScratchFolder.make('gcloud'))
    await writeProgram(join(path, 'bin/gcloud'), `exec "${process.execPath}" "${program}" "$@"`)
    await writeProgram(join(path, 'bin/sleep'), 'exit')
    // A test that does not declare it finds none, as on a machine without it.
    if (!isDeclared('openssl')) await writeProgram(join(path, 'bin/openssl'), 'exit 127')
    await writeFile(join(path, 'things.json'), JSON.stringify(things))
    return new StandIn(path, opened.move())
  }

  /** Runs a script of the folder deploy. */
  async run(script: string, args: readonly string[], env: Environment = {}): Promise<Ended> {
    return this.#bash([join(repositoryRoot, 'deploy', script), ...args], env)
  }

  /** Runs text that a person pasted. */
  async paste(text: string): Promise<Ended> {
    return this.#bash(['-euo', 'pipefail', '-c', text], {})
  }

  /** Every call so far. */
  async calls(): Promise<readonly GcloudCall[]> {
    const text = await this.#read('calls.jsonl').catch(() => '')
    return text
      .split('\n')
      .slice(0, -1)
      .map((line): GcloudCall => JSON.parse(line))
  }

  /** What is there now, as "pubsub topics t_nbtrigger". */
  async things(): Promise<readonly string[]> {
    return JSON.parse(await this.#read('things.json'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened[Symbol.asyncDispose]()
  }

  async #bash(args: readonly string[], env: Environment): Promise<Ended> {
    const path = `${join(this.#folder, 'bin')}:${process.env['PATH']}`
    const environment = { PATH: path, GCLOUD_STAND_IN: this.#folder, ...env }
    await using child = await startProgram('bash', args, environment)
    return await endOf(child)
  }

  async #read(name: string): Promise<string> {
    return readFile(join(this.#folder, name), 'utf8')
  }
}

async function writeProgram(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `#!/bin/sh\n${line}\n`)
  await chmod(file, 0o755)
}
