import { createMonitoring, listMonitoring, readLog } from './monitoring.ts'
import { buildImage, deployFunction, deployService, replaceJob } from './deployments.ts'
import { admitPerson, grantRole, publish } from './grants.ts'
import { type ParsedCall, settingsOf } from './call.ts'
import type { Project } from './project.ts'
import { Refusal } from './refusal.ts'
import { changeJob, createJob, listJobs } from './scheduler.ts'

/** What a command does in the project, and what it prints; throws a Refusal. */
export type Command = (project: Project, call: ParsedCall) => string

const plain: Readonly<Record<string, Command>> = {
  version: ({ habits }) => `Google Cloud SDK ${habits.version}\nbeta 2025.06.20\ncore 2025.06.20\n`,
  'config get-value': () => 'demo\n',
  'services enable': (project, { names }) => (project.enable(names), ''),
  'services list': (project, { flags }) => {
    const api = /^config\.name=(.*)$/.exec(flags.get('filter') ?? '')?.[1] ?? ''
    return project.isEnabled(api) ? `${api}\n` : ''
  },
  'services identity create': createAgent,
  'projects describe': (_, { flags }) =>
    flags.get('format')?.includes('projectNumber') ? '123456789\n' : 'demo\n',
  'projects add-iam-policy-binding': grantRole,
  'projects remove-iam-policy-binding': grantRole,
  'secrets versions add': addVersion,
  'secrets versions describe': (project, { flags }) =>
    `${String(project.require('secrets versions', flags.get('secret') ?? '')['count'])}\n`,
  'secrets delete': deleteSecret,
  'pubsub topics publish': publish,
  'storage cp': copy,
  'storage rsync': copy,
  'run deploy': deployService,
  'run jobs replace': replaceJob,
  'builds submit': buildImage,
  'artifacts docker images describe': (project, { name }) =>
    `${name}@sha256:${String(project.require('images', name)['digest'])}\n`,
  'run services add-iam-policy-binding': grantRole,
  'iap web add-iam-policy-binding': admitPerson,
  'functions deploy': deployFunction,
  'functions delete': (project, { name }) => {
    project.remove('functions', name)
    // Eventarc's goes with it.
    const subscription = `eventarc-${name}-1-sub-001`
    if (project.find('pubsub subscriptions', subscription)) {
      project.remove('pubsub subscriptions', subscription)
    }
    return ''
  },
  'functions add-invoker-policy-binding': grantRole,
  'eventarc triggers describe': (_, { name }) => `eventarc-${name.split('/').at(-1)}-sub-001\n`,
  'artifacts repositories list-cleanup-policies': (project, { name, flags }) => {
    const { policies } = project.require('artifacts repositories', name)
    if (!flags.has('format')) return `${JSON.stringify(policies ?? [])}\n` // JSON, even of none
    // gcloud calls a policy's id its name: there is no "id", which leaves its line empty.
    const shown = flags.get('format') === 'value(name)' ? 'nbtrigger-keep' : ''
    return policies === undefined ? '' : `${shown}\n`
  },
  'artifacts repositories set-cleanup-policies': (project, { name, input }) => {
    project.require('artifacts repositories', name)
    project.set('artifacts repositories', name, { policies: JSON.stringify(JSON.parse(input)) })
    return ''
  },
  'scheduler jobs create pubsub': createJob,
  'scheduler jobs update pubsub': changeJob,
  'scheduler jobs pause': changeJob,
  'scheduler jobs resume': changeJob,
  'scheduler jobs list': listJobs,
  'logging read': readLog,
  'monitoring channels list': listMonitoring,
  'monitoring channels create': createMonitoring,
  'monitoring policies list': listMonitoring,
  'monitoring policies create': createMonitoring,
  'monitoring dashboards list': listMonitoring,
  'monitoring dashboards create': createMonitoring,
}

/** Things that are created, described, updated and deleted by name, without more ado. */
const groups = [
  'iam service-accounts',
  'secrets',
  'pubsub topics',
  'pubsub subscriptions',
  'storage buckets',
  'run services',
  'run jobs',
  'artifacts repositories',
  'functions',
  'scheduler jobs',
  'logging metrics',
  'monitoring policies',
  'monitoring dashboards',
] as const

const verbs: Readonly<Record<string, Command>> = {
  create: (project, call) => (project.create(call.group, shortName(call), settingsOf(call)), ''),
  describe: (project, call) => describe(call, project.require(call.group, shortName(call))),
  update: (project, call) => {
    project.require(call.group, shortName(call))
    project.set(call.group, shortName(call), settingsOf(call))
    return ''
  },
  delete: (project, call) => (project.remove(call.group, findName(project, call)), ''),
  'add-iam-policy-binding': grantRole,
}

export const commands: Readonly<Record<string, Command>> = {
  ...Object.fromEntries(
    groups.flatMap((group) =>
      Object.entries(verbs).map(([verb, run]) => [`${group} ${verb}`, run]),
    ),
  ),
  ...plain,
}

/** Whether a call changes nothing. */
export function onlyReads(call: ParsedCall): boolean {
  return /(^version| get-value| describe| list| read| list-cleanup-policies)$/.test(call.command)
}

function shortName({ name }: ParsedCall): string {
  return name
    .replace(/@.*$/, '')
    .replace(/^gs:\/\//, '')
    .replace(/^projects\/demo\/\w+\//, '')
}

/** Google makes up the names of some things. */
function findName(project: Project, call: ParsedCall): string {
  const found = project.list(call.group).find(([, { path }]) => path === call.name)
  return found?.[0] ?? shortName(call)
}

function describe(call: ParsedCall, properties: Readonly<Record<string, unknown>>): string {
  const answers: Readonly<Record<string, string>> = {
    'value(status.url.basename())': 'jupyter-1.run.app',
    'value(eventTrigger.trigger)': `projects/demo/locations/us-central1/triggers/${call.name}-1`,
    'value(state)': String(properties['state']),
  }
  return `${answers[call.flags.get('format') ?? ''] ?? `name: ${shortName(call)}`}\n`
}

/** The projects of older agents. */
const agents: Readonly<Record<string, string>> = {
  cloudfunctions: 'gcf-admin-robot',
  run: 'serverless-robot-prod',
}

/** Google's own accounts are called after the project's number. */
function createAgent(project: Project, { flags }: ParsedCall): string {
  const service = (flags.get('service') ?? '').replace('.googleapis.com', '')
  project.requireApi(`${service}.googleapis.com`, `${service} API`)
  const email = `service-123456789@${agents[service] ?? `gcp-sa-${service}`}.iam.gserviceaccount.com`
  project.set('iam service-accounts', email, {})
  return `email: ${email}\n`
}

function addVersion(project: Project, { name, input }: ParsedCall): string {
  project.require('secrets', name)
  if (input === '') throw new Refusal('INVALID_ARGUMENT: The file [-] is empty.')
  const count = Number(project.find('secrets versions', name)?.['count'] ?? 0)
  project.set('secrets versions', name, { count: count + 1 })
  return ''
}

/** Its versions go with it. */
function deleteSecret(project: Project, { name }: ParsedCall): string {
  project.remove('secrets', name)
  if (project.find('secrets versions', name)) project.remove('secrets versions', name)
  return ''
}

/** To a bucket that must be there. */
function copy(project: Project, { names }: ParsedCall): string {
  const [, bucket = ''] = /^gs:\/\/([^/]+)/.exec(names.at(-1) ?? '') ?? []
  project.require('storage buckets', bucket)
  return ''
}
