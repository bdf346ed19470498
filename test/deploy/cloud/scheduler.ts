import { type ParsedCall, settingsOf } from './call.ts'
import { matches } from './listing.ts'
import type { Project } from './project.ts'
import { Refusal, refusals } from './refusal.ts'

const group = 'scheduler jobs'

export function createJob(project: Project, call: ParsedCall): string {
  project.create(group, call.name, { ...settingsOf(call), state: 'ENABLED' })
  return ''
}

/** "update", "pause" and "resume". */
export function changeJob(project: Project, call: ParsedCall): string {
  const { state } = project.require(group, call.name)
  if (call.command.endsWith(' pause')) {
    if (state !== 'ENABLED') throw new Refusal(refusals.notEnabled())
    project.set(group, call.name, { state: 'PAUSED' })
  } else if (call.command.endsWith(' resume')) {
    project.set(group, call.name, { state: 'ENABLED' })
  } else {
    const { pausedUpdate } = project.habits
    if (state === 'PAUSED' && pausedUpdate === 'refused') throw new Refusal(refusals.pausedUpdate())
    const woken = pausedUpdate === 'woken' ? { state: 'ENABLED' } : {}
    project.set(group, call.name, { ...settingsOf(call), ...woken })
  }
  return ''
}

export function listJobs(project: Project, { flags }: ParsedCall): string {
  const jobs = project.list(group).map(([short, job]) => {
    return { ...job, name: `projects/demo/locations/us-central1/jobs/${short}` }
  })
  return jobs
    .filter((job) => matches(job, flags.get('filter')))
    .map(({ name }) => `${name}\n`)
    .join('')
}
