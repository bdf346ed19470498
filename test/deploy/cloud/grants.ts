import type { ParsedCall } from './call.ts'
import type { Project } from './project.ts'

const pubsubAgent = 'service-123456789@gcp-sa-pubsub.iam.gserviceaccount.com'

/** Grants a role or, by "remove-iam-policy-binding", takes it back. */
export function grantRole(project: Project, call: ParsedCall): string {
  const name = call.name.replace(/^gs:\/\//, '').replace(/@demo\..*$/, '')
  if (call.group !== 'projects') project.require(call.group, name)
  const role = (call.flags.get('role') ?? 'roles/run.invoker').replace('roles/', '')
  const grant = { on: `${call.group} ${name}`, role, member: call.flags.get('member') ?? '' }
  if (call.command.includes(' remove-')) project.revoke(grant)
  else project.grant(grant)
  return ''
}

/** "iap web add-iam-policy-binding": who may pass Identity-Aware Proxy to a service of Cloud Run. */
export function admitPerson(project: Project, { flags }: ParsedCall): string {
  project.requireApi('iap.googleapis.com', 'Cloud Identity-Aware Proxy API')
  const service = flags.get('service') ?? ''
  project.require('run services', service)
  const role = (flags.get('role') ?? '').replace('roles/', '')
  project.grant({ on: `iap web ${service}`, role, member: flags.get('member') ?? '' })
  return ''
}

/** Has every function of the topic run the message, if Pub/Sub may deliver it. */
export function publish(project: Project, { name, flags }: ParsedCall): string {
  project.require('pubsub topics', name)
  project.notePublished(name, flags.get('message') ?? '')
  const id = String(project.log.length + 1)
  for (const [service, properties] of project.list('functions')) {
    const { 'trigger-topic': topic, 'trigger-service-account': account } = properties
    if (topic !== name || !mayDeliver(project, service, account)) continue
    project.log.push({
      readableAt: project.now + project.habits.delays.run,
      entry: lastEntry(id, flags.get('message') ?? '', project.habits.outcome),
    })
  }
  return flags.has('format') ? `${id}\n` : `messageIds:\n- '${id}'\n`
}

/** With a token of the trigger's account, which Pub/Sub must be allowed to make. */
function mayDeliver(project: Project, service: string, account: unknown): boolean {
  if (typeof account !== 'string') return false
  const name = account.replace(/@.*/, '')
  const creator = 'iam.serviceAccountTokenCreator'
  const maySign = project.has(`iam service-accounts ${name}`, creator, pubsubAgent)
  const mayCall = project.has(`functions ${service}`, 'run.invoker', account)
  return mayCall && (maySign || !project.habits.isOld)
}

function lastEntry(messageId: string, message: string, outcome: string) {
  const notebook = message.split(' ')[1] ?? ''
  return {
    resource: { type: 'cloud_run_revision', labels: { service_name: 'nbtrigger' } },
    severity: outcome === 'succeeded' ? 'INFO' : 'ERROR',
    labels: { run_id: `run-${messageId}` },
    jsonPayload: {
      event: 'run_finished',
      messageId,
      notebook,
      outcome,
      message: `${notebook} ${outcome} in 0.7 s: 15`,
    },
  }
}
