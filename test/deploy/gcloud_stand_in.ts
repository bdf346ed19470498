/**
 * The program that takes gcloud's place: it writes down how it was called, remembers what was
 * made, and refuses what Google would refuse, such as to make a thing twice.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GcloudCall } from './stand_in.ts'

const folder = process.env['GCLOUD_STAND_IN'] ?? ''
const args = process.argv.slice(2)
const words = args.filter((arg) => !arg.startsWith('--'))
const flags = new Map(args.flatMap((arg) => (arg.startsWith('--') ? [splitFlag(arg)] : [])))
const verbAt = words.findIndex((word) => word in verbs())
const verb = words[verbAt] ?? ''
const group = words
  .slice(0, verbAt)
  .filter((word) => !['alpha', 'beta'].includes(word))
  .join(' ')
const stateFile = join(folder, 'things.json')
/** What is there: "pubsub topics t_nbtrigger". */
const things = new Set<string>(JSON.parse(readFileSync(stateFile, 'utf8')))

record()
if (process.env['GCLOUD_REFUSES'] === `${group} ${verb}`) refuse('the quota is used up')
process.stdout.write(verbs()[verb]?.() ?? refuse(`there is no command "${args.join(' ')}"`))
writeFileSync(stateFile, JSON.stringify([...things]))

function verbs(): Readonly<Record<string, () => string>> {
  return {
    enable: () => '',
    publish: () => '',
    cp: () => '',
    rsync: () => '',
    read: () => '',
    'get-value': () => 'demo\n',
    describe: () => (group === 'projects' || requireThing(thing()), description()),
    update: () => (requireThing(thing()), ''),
    create: () => (things.has(thing()) ? refuse(`${thing()} already exists`) : make()),
    add: () => make(),
    deploy: () => (requireParts(), make()),
    delete: remove,
    list: () =>
      [...things]
        .filter(isListed)
        .map((name) => `${name.replaceAll(' ', '/')}\n`)
        .join(''),
    'add-iam-policy-binding': bind,
    'add-invoker-policy-binding': bind,
    'remove-iam-policy-binding': bind,
  }
}

function thing(): string {
  const [first = '', second = ''] = words.slice(verbAt + 1)
  if (group === 'secrets versions') return `secrets versions ${flags.get('secret') ?? first}`
  // What Eventarc makes with a function bears its name here.
  const made = /^projects\/demo\/\w+\/eventarc-(.*)$/.exec(first)?.[1]
  if (made !== undefined) return `functions ${made}`
  if (group === 'storage buckets') return `${group} ${first.replace('gs://', '')}`
  if (first.includes('/')) return first.replaceAll('/', ' ')
  const file = flags.get('policy-from-file') ?? flags.get('config-from-file')
  const shown = first === '' && file !== undefined ? displayName(file) : flags.get('channel-labels')
  const name = first === 'pubsub' ? second : (shown?.split('=').at(-1) ?? first)
  return `${group === 'run' ? 'run services' : group} ${name.split('@')[0]}`
}

function make(): string {
  things.add(thing())
  return ''
}

/** A secret's versions go with it. */
function remove(): string {
  requireThing(thing())
  things.delete(thing())
  things.delete(thing().replace(/^secrets /, 'secrets versions '))
  return ''
}

function description(): string {
  const name = words[verbAt + 1]
  const answers: Readonly<Record<string, string>> = {
    'value(status.url.basename())': 'jupyter-1.run.app',
    'value(eventTrigger.trigger)': `projects/demo/triggers/eventarc-${name}`,
    'value(transport.pubsub.subscription)': `${name?.replace('triggers', 'subscriptions')}`,
    'value(projectNumber)': '123456789',
  }
  return `${answers[flags.get('format') ?? ''] ?? `name: ${thing()}`}\n`
}

function isListed(name: string): boolean {
  const wanted = /="([^"@]*)(@[^"]*)?"$/.exec(flags.get('filter') ?? '')?.[1]
  return name === `${group} ${wanted}`
}

/** As Google: a new account is not known everywhere at once. */
function bind(): string {
  const member = flags.get('member') ?? ''
  if (member.endsWith('@demo.iam.gserviceaccount.com')) requireThing(accountOf(member))
  if (group !== 'projects') requireThing(thing())
  const late = `known ${flags.get('member')}`
  if (process.env['GCLOUD_IS_LATE'] !== undefined && !things.has(late)) {
    writeFileSync(stateFile, JSON.stringify([...things, late]))
    refuse(`${flags.get('member')} does not exist`)
  }
  return ''
}

function requireParts(): void {
  for (const name of ['service-account', 'build-service-account', 'trigger-service-account']) {
    if (flags.has(name)) requireThing(accountOf(flags.get(name) ?? ''))
  }
  for (const [, secret] of (flags.get('set-secrets') ?? '').matchAll(/=([^,]*):latest/g)) {
    requireThing(`secrets ${secret}`)
    requireThing(`secrets versions ${secret}`)
  }
  if (flags.has('trigger-topic')) requireThing(`pubsub topics ${flags.get('trigger-topic')}`)
}

function accountOf(address: string): string {
  return `iam service-accounts ${/([\w-]+)@/.exec(address)?.[1]}`
}

function requireThing(name: string): void {
  if (!things.has(name)) refuse(`${name} was not found`)
}

function refuse(reason: string): never {
  process.stderr.write(`ERROR: ${reason}\n`)
  process.exit(1)
}

function record(): void {
  const input = flags.get('data-file') === '-' ? readFileSync(0, 'utf8') : null
  const call: GcloudCall = { args, input }
  appendFileSync(join(folder, 'calls.jsonl'), `${JSON.stringify(call)}\n`)
}

function displayName(file: string): string {
  return (
    /^displayName: (.*)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? refuse(`${file} has no name`)
  )
}

function splitFlag(flag: string): [string, string] {
  const [, name = '', value = ''] = /^--([^=]*)=?(.*)$/s.exec(flag) ?? []
  return [name, value]
}
