import { commands, onlyReads } from './commands.ts'
import { type GcloudCall, type ParsedCall, parseCall } from './call.ts'
import type { Project } from './project.ts'
import { Refusal } from './refusal.ts'

/** What a call of gcloud writes, and its exit status. */
export interface GcloudAnswer {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
  /** Whether the project may be another one after it. */
  readonly hasChanged: boolean
}

/** The service that a group of commands calls, and what Google calls it in its messages. */
const apis: Readonly<Record<string, readonly [host: string, title: string]>> = {
  projects: ['cloudresourcemanager', 'Cloud Resource Manager API'],
  iam: ['iam', 'Identity and Access Management (IAM) API'],
  secrets: ['secretmanager', 'Secret Manager API'],
  pubsub: ['pubsub', 'Cloud Pub/Sub API'],
  storage: ['storage', 'Cloud Storage JSON API'],
  run: ['run', 'Cloud Run Admin API'],
  functions: ['cloudfunctions', 'Cloud Functions API'],
  eventarc: ['eventarc', 'Eventarc API'],
  builds: ['cloudbuild', 'Cloud Build API'],
  artifacts: ['artifactregistry', 'Artifact Registry API'],
  scheduler: ['cloudscheduler', 'Cloud Scheduler API'],
  logging: ['logging', 'Cloud Logging API'],
  monitoring: ['monitoring', 'Cloud Monitoring API'],
}

/** Runs a call in the project; `refused` is a command that Google refuses for another reason. */
export function runGcloud(project: Project, call: GcloudCall, refused?: string): GcloudAnswer {
  const parsed = parseCall(call, Object.keys(commands))
  if (parsed === undefined) return failed('gcloud', `Invalid choice: '${call.args.join(' ')}'.`)
  project.now++
  try {
    if (refused === parsed.command) throw new Refusal('RESOURCE_EXHAUSTED: Quota exceeded.')
    const stdout = runParsed(project, parsed)
    return { status: 0, stdout, stderr: '', hasChanged: !onlyReads(parsed) }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return failed(`gcloud.${parsed.command.replaceAll(' ', '.')}`, error.message)
  }
}

function runParsed(project: Project, call: ParsedCall): string {
  const [host, title] = apis[call.command.split(' ')[0] ?? ''] ?? []
  if (host !== undefined && title !== undefined) project.requireApi(`${host}.googleapis.com`, title)
  return commands[call.command]?.(project, call) ?? ''
}

function failed(command: string, reason: string): GcloudAnswer {
  return { status: 1, stdout: '', stderr: `ERROR: (${command}) ${reason}\n`, hasChanged: false }
}
