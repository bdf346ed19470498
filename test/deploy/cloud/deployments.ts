import { createHash } from 'node:crypto'
import { parse } from 'yaml'
import { type ParsedCall, settingsOf } from './call.ts'
import { type Project, nameOf } from './project.ts'
import { Refusal, refusals } from './refusal.ts'

const eventarcAgent = 'service-123456789@gcp-sa-eventarc.iam.gserviceaccount.com'

const functionsAgent = 'service-123456789@gcf-admin-robot.iam.gserviceaccount.com'

/** "run deploy": builds, and starts the service as its account. */
export function deployService(project: Project, call: ParsedCall): string {
  requireParts(project, call, refusals.mayNotBuild)
  keepImages(project, 'cloud-run-source-deploy')
  project.set('run services', call.name, { ...settingsOf(call), ...tokenOf(project, call) })
  return ''
}

/** "functions deploy": builds, starts the service, and has Eventarc make the trigger. */
export function deployFunction(project: Project, call: ParsedCall): string {
  requireParts(project, call, refusals.mayNotBuildFunction)
  if (!project.isKnown('iam service-accounts', functionsAgent, project.habits.delays.agent)) {
    throw new Refusal(refusals.functionsAgent())
  }
  const topic = call.flags.get('trigger-topic')
  if (topic !== undefined) {
    project.require('pubsub topics', topic)
    if (!project.has('projects demo', 'eventarc.serviceAgent', eventarcAgent)) {
      const trigger = `projects/demo/locations/us-central1/triggers/${call.name}-1`
      throw new Refusal(refusals.eventarcAgent(trigger))
    }
  }
  keepImages(project, 'gcf-artifacts')
  project.set('functions', call.name, { ...settingsOf(call), ...tokenOf(project, call) })
  project.set('pubsub subscriptions', `eventarc-${call.name}-1-sub-001`, {})
  return ''
}

/** "builds submit": builds what its configuration says, and keeps the image in a repository. */
export function buildImage(project: Project, { flags }: ParsedCall): string {
  const builder = (flags.get('service-account') ?? '').replace(/^.*\//, '')
  requireBuilder(project, { builder, region: flags.get('region') ?? '' }, refusals.mayNotBuild)
  const image = /_IMAGE=([^,]*)/.exec(flags.get('substitutions') ?? '')?.[1] ?? ''
  project.require('artifacts repositories', image.split('/')[2] ?? '')
  const digest = createHash('sha256').update(image).digest('hex')
  project.set('images', image, { digest })
  return ''
}

/** "run jobs replace": makes the job of a description, which runs as its account. */
export function replaceJob(project: Project, { input }: ParsedCall): string {
  const { metadata, spec } = parse(input)
  const task = spec.template.spec.template.spec
  requireAccount(project, task.serviceAccountName)
  const secrets = [...input.matchAll(/secretKeyRef: \{ name: '([^']*)'|secretName: '([^']*)'/g)]
  const names = secrets.map(([, name, mounted]) => name ?? mounted ?? '')
  requireSecrets(project, names, task.serviceAccountName)
  for (const { image } of task.containers) {
    const [name, digest] = String(image).split('@sha256:')
    if (project.require('images', name ?? '')['digest'] !== digest) throw new Refusal('NOT_FOUND')
  }
  project.set('run jobs', metadata.name, { description: input })
  return ''
}

function requireParts(
  project: Project,
  { flags }: ParsedCall,
  mayNotBuild: (email: string) => string,
): void {
  const [service = '', builder = ''] = ['service-account', 'build-service-account'].map((flag) =>
    (flags.get(flag) ?? '').replace(/^.*\//, ''),
  )
  requireAccount(project, service)
  requireBuilder(project, { builder, region: flags.get('region') ?? '' }, mayNotBuild)
  requireSecrets(project, secretsOf(flags), service)
}

function requireAccount(project: Project, service: string): void {
  if (!project.isKnown('iam service-accounts', nameOf(service), project.habits.delays.account)) {
    throw new Refusal(refusals.mayNotActAs(service))
  }
}

interface Build {
  readonly builder: string
  readonly region: string
}

function requireBuilder(
  project: Project,
  { builder, region }: Build,
  mayNotBuild: (email: string) => string,
): void {
  if (!project.habits.mayBuildIn(region)) throw new Refusal(refusals.region())
  if (!project.has('projects demo', 'run.builder', builder)) {
    throw new Refusal(mayNotBuild(builder))
  }
}

function requireSecrets(project: Project, secrets: readonly string[], service: string): void {
  for (const secret of secrets) {
    project.require('secrets', secret)
    if (project.find('secrets versions', secret) === undefined) {
      throw new Refusal(refusals.noSecretVersion(secret))
    }
    if (!project.has(`secrets ${secret}`, 'secretmanager.secretAccessor', service)) {
      throw new Refusal(refusals.mayNotReadSecret(secret, service))
    }
  }
}

function secretsOf(flags: ReadonlyMap<string, string>): readonly string[] {
  const pairs = (flags.get('set-secrets') ?? '').matchAll(/=([^,]*):latest/g)
  return [...pairs].map(([, secret = '']) => secret)
}

/** Which version of its first secret, the token, a deployment reads. */
function tokenOf(project: Project, { flags }: ParsedCall) {
  const [secret = ''] = secretsOf(flags)
  return { tokenVersion: project.find('secrets versions', secret)?.['count'] }
}

/** A build makes the repository that it needs. */
function keepImages(project: Project, repository: string): void {
  project.set('artifacts repositories', repository, {})
}
