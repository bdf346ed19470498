import { once } from 'node:events'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { type Child } from '../support/child.ts'
import { endOf, startProgram, type Ended } from '../support/command.ts'
import { isDeclared } from '../support/declared_parts.ts'
import { Opened } from '../support/opened.ts'
import { freePort } from '../support/port.ts'
import { signalProcess } from '../support/processes.ts'
import { repositoryRoot } from '../support/repository.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'
import type { GcloudCall } from './cloud/call.ts'
import { type GcloudAnswer, runGcloud } from './cloud/gcloud.ts'
import { type Habits, noDelays, Project } from './cloud/project.ts'

type Environment = Readonly<Record<string, string>>

/** What deploy.sh makes, in its order. */
export const deployed = [
  'iam service-accounts nbtrigger-jupyter',
  'iam service-accounts nbtrigger-function',
  'iam service-accounts nbtrigger-build',
  'iam service-accounts service-123456789@gcp-sa-eventarc.iam.gserviceaccount.com',
  'iam service-accounts service-123456789@gcp-sa-pubsub.iam.gserviceaccount.com',
  'iam service-accounts service-123456789@gcf-admin-robot.iam.gserviceaccount.com',
  'iam service-accounts service-123456789@serverless-robot-prod.iam.gserviceaccount.com',
  'secrets nbtrigger-token',
  'secrets versions nbtrigger-token',
  'pubsub topics t_nbtrigger',
  'pubsub topics t_nbtrigger_results',
  'pubsub topics t_nbtrigger_rejected',
  'pubsub subscriptions s_nbtrigger_rejected',
  'storage buckets demo-nbtrigger',
  'artifacts repositories cloud-run-source-deploy',
  'run services nbtrigger-jupyter',
  'artifacts repositories gcf-artifacts',
  'functions nbtrigger',
  'pubsub subscriptions eventarc-nbtrigger-1-sub-001',
  'run services nbtrigger-http',
  'scheduler jobs j_hourly_nbtrigger',
] as const

const apis = `run cloudbuild cloudfunctions artifactregistry eventarc pubsub secretmanager cloudscheduler
  iam cloudresourcemanager storage logging`

const usual: Habits = {
  delays: noDelays,
  isSlow: () => true,
  isOld: false,
  pausedUpdate: 'kept',
  outcome: 'succeeded',
  mayBuildIn: () => true,
  version: '528.0.0',
}

/** A machine whose gcloud is a stand-in that behaves like Google's, on a project called "demo". */
export class StandIn implements AsyncDisposable {
  readonly project: Project
  readonly #folder: string
  readonly #server: Server
  readonly #opened: Opened
  readonly #calls: GcloudCall[] = []
  #refused: string | undefined
  #refusedOnce: string | undefined
  /** Called with the script that runs, after each call that may have changed the project. */
  #afterChange: ((child: Child) => void) | undefined
  #running: Child | undefined

  private constructor(project: Project, folder: string, server: Server, opened: Opened) {
    this.project = project
    this.#folder = folder
    this.#server = server
    this.#opened = opened
    server.on('connection', (socket) => this.#serve(socket))
  }

  /** With these things in the project, or a copy of `other`; without any, the project is a fresh one. */
  static async make(
    things: readonly string[] = [],
    habits: Partial<Habits> = {},
    other?: Project,
  ): Promise<StandIn> {
    await using opened = new Opened()
    const { path } = opened.use(await ScratchFolder.make('gcloud'))
    const port = await freePort()
    const server = createServer().listen(port, '127.0.0.1')
    await once(server, 'listening')
    await writeProgram(join(path, 'bin/gcloud'), clientOf(port))
    // A test that does not declare it finds none, as on a machine without it.
    if (!isDeclared('openssl')) await writeProgram(join(path, 'bin/openssl'), 'exit 127')
    const project = new Project({ ...usual, ...habits }, other)
    if (things.length > 0) project.enable(apis.split(/\s+/).map((api) => `${api}.googleapis.com`))
    for (const [, group = '', name = ''] of things.map(
      (thing) => /^(.*) (.*)$/.exec(thing) ?? [],
    )) {
      project.set(group, name, {})
    }
    return new StandIn(project, path, server, opened.move())
  }

  /** Runs a script of the folder deploy. */
  async run(script: string, args: readonly string[], env: Environment = {}): Promise<Ended> {
    const file = join(repositoryRoot, 'deploy', script)
    await using child = await this.#bash([file, ...args], env)
    return await endOf(child)
  }

  /** Runs a script while Google refuses this command, "functions deploy", for want of quota. */
  async runRefusing(command: string, script: string, args: readonly string[]): Promise<Ended> {
    this.#refused = command
    try {
      return await this.run(script, args)
    } finally {
      this.#refused = undefined
    }
  }

  /** Has Google refuse the next call of this command, and no later one. */
  refuseOnce(command: string): void {
    this.#refusedOnce = command
  }

  /** Runs a script and kills it after so many calls that changed something. */
  async runUntilChange(count: number, script: string, args: readonly string[]): Promise<Ended> {
    let changes = 0
    this.#afterChange = (child) => {
      if (++changes === count) signalProcess(-child.pid, 'SIGKILL')
    }
    return this.run(script, args)
  }

  /** Runs a script to its end; the project as it was after each call that changed something. */
  async runWithCopies(script: string, args: readonly string[]): Promise<readonly Project[]> {
    const copies: Project[] = []
    this.#afterChange = () => copies.push(new Project(this.project.habits, this.project))
    await this.run(script, args)
    return copies
  }

  /** Runs text that a person pasted. */
  async paste(text: string): Promise<Ended> {
    await using child = await this.#bash(['-euo', 'pipefail', '-c', text], {})
    return await endOf(child)
  }

  /** Every call so far. */
  async calls(): Promise<readonly GcloudCall[]> {
    return [...this.#calls]
  }

  /** What is there now, as "pubsub topics t_nbtrigger". */
  async things(): Promise<readonly string[]> {
    return this.project.things()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    await this.#opened[Symbol.asyncDispose]()
  }

  async #bash(args: readonly string[], env: Environment): Promise<Child> {
    const path = `${join(this.#folder, 'bin')}:${process.env['PATH']}`
    const child = await startProgram('bash', args, { PATH: path, PAUSE_SECONDS: '0', ...env })
    this.#running = child
    return child
  }

  /** Reads one call, NUL after each part: how many arguments, the arguments, what stdin had. */
  #serve(socket: Socket): void {
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      const [count = '', ...rest] = text.split('\0')
      if (rest.length < Number(count) + 2) return
      const args = rest.slice(0, Number(count))
      this.#answer({ args, input: rest[args.length] || null }, socket)
    })
    socket.on('error', () => undefined) // a killed script does not wait for its answer
  }

  #answer(call: GcloudCall, socket: Socket): void {
    this.#calls.push(call)
    const answer = runGcloud(this.project, call, this.#refused ?? this.#refusedOnce)
    if (call.args.join(' ').startsWith(`${this.#refusedOnce} `)) this.#refusedOnce = undefined
    if (answer.hasChanged && this.#running) this.#afterChange?.(this.#running)
    socket.end(bytesOf(answer))
  }
}

function bytesOf({ status, stdout, stderr }: GcloudAnswer): string {
  return [status, stdout, stderr].map((part) => `${part}\0`).join('')
}

/** gcloud as a few lines of bash, which starts fast: it asks the stand-in in this process. */
function clientOf(port: number): string {
  return `#!/usr/bin/env bash
exec 3<>/dev/tcp/127.0.0.1/${port} || exit 70
input=
case " $* " in *' --data-file=- '* | *' --policy=- '* | *' replace - '*) IFS= read -r -d '' input ;; esac
printf '%s\\0' "$#" "$@" "$input" >&3
IFS= read -r -d '' status <&3
IFS= read -r -d '' out <&3
IFS= read -r -d '' err <&3
printf %s "$out"
printf %s "$err" >&2
exit "$status"
`
}

async function writeProgram(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text.startsWith('#!') ? text : `#!/bin/sh\n${text}\n`)
  await chmod(file, 0o755)
}
