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

function requireParts(
  project: Project,
  { flags }: ParsedCall,
  mayNotBuild: (email: string) => string,
): void {
  const [service = '', builder = ''] = ['service-account', 'build-service-account'].map((flag) =>
    (flags.get(flag) ?? '').replace(/^.*\//, ''),
  )
  if (!project.isKnown('iam service-accounts', nameOf(service), project.habits.delays.account)) {
    throw new Refusal(refusals.mayNotActAs(service))
  }
  if (!project.habits.mayBuildIn(flags.get('region') ?? '')) throw new Refusal(refusals.region())
  if (!project.has('projects demo', 'run.builder', builder)) {
    throw new Refusal(mayNotBuild(builder))
  }
  for (const secret of secretsOf(flags)) {
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
