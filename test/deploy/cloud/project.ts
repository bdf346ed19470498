import { alreadyExists, notFound, Refusal, refusals } from './refusal.ts'

/** How many calls of gcloud pass until something new is known everywhere. */
export interface Delays {
  readonly api: number
  readonly account: number
  readonly role: number
  readonly metric: number
  /** Until the account of Cloud Functions itself may do what it needs. */
  readonly agent: number
  /** Until a message that was published has been run, and the log shows it. */
  readonly run: number
}

export const noDelays: Delays = { api: 0, account: 0, role: 0, metric: 0, agent: 0, run: 0 }

export interface Habits {
  readonly delays: Delays
  /** Which roles become effective only after the delay of roles. */
  readonly isSlow: (role: string) => boolean
  /** In projects from before April 2021 Pub/Sub has no role of its own by which it signs tokens. */
  readonly isOld: boolean
  /** Google does not say what an update does to a paused job: sources name all three. */
  readonly pausedUpdate: 'kept' | 'refused' | 'woken'
  /** How runs of messages end. */
  readonly outcome: string
  /** In which regions the project may build. */
  readonly mayBuildIn: (region: string) => boolean
  /** Of gcloud. */
  readonly version: string
}

/** A thing of the project, with what deployments gave it. */
export type Properties = Readonly<Record<string, unknown>>

interface Grant {
  readonly on: string
  readonly role: string
  readonly member: string
}

export interface LogEntry {
  readonly readableAt: number
  readonly entry: Readonly<Record<string, unknown>>
}

/** A project of Google Cloud named "demo": what is in it, and since when, counted in calls. */
export class Project {
  readonly habits: Habits
  readonly log: LogEntry[] = []
  /** Each message that was published at least once, after its topic. */
  readonly #published: Set<string>
  now = 0
  readonly #things: Map<string, Properties>
  readonly #since = new Map<string, number>()
  readonly #grants: Map<string, Grant>
  readonly #apis: Set<string>

  /** An empty project, or a copy of another one, in which all is known everywhere. */
  constructor(habits: Habits, other?: Project) {
    this.habits = habits
    this.#things = new Map(other ? other.#things : [])
    this.#grants = new Map(other ? other.#grants : [])
    this.#apis = new Set(other ? other.#apis : [])
    this.#published = new Set(other ? other.#published : [])
  }

  /** What is there, in the order in which it was made: "pubsub topics t_nbtrigger". */
  things(): readonly string[] {
    return [...this.#things.keys()]
  }

  /** All of it, to compare with another project; without when each was made. */
  state(): unknown {
    return {
      things: [...this.#things].toSorted(byName),
      grants: [...this.#grants.keys()].toSorted(),
      apis: [...this.#apis].toSorted(),
      published: [...this.#published].toSorted(),
    }
  }

  /** The things of a group with their properties. */
  list(group: string): readonly (readonly [name: string, Properties])[] {
    const prefix = `${group} `
    return [...this.#things].flatMap(([key, properties]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), properties] as const] : [],
    )
  }

  find(group: string, name: string): Properties | undefined {
    return this.#things.get(`${group} ${name}`)
  }

  /** Those of "run services nbtrigger-jupyter". */
  propertiesOf(thing: string): Properties | undefined {
    return this.#things.get(thing)
  }

  /** Throws a Refusal when it is not there. */
  require(group: string, name: string): Properties {
    return this.find(group, name) ?? this.#refuse(notFound(group, name))
  }

  create(group: string, name: string, properties: Properties = {}): void {
    if (this.find(group, name) !== undefined) this.#refuse(alreadyExists(group, name))
    this.set(group, name, properties)
  }

  /** Makes it, or changes what is given. */
  set(group: string, name: string, properties: Properties): void {
    const key = `${group} ${name}`
    if (!this.#things.has(key)) this.#since.set(key, this.now)
    this.#things.set(key, { ...this.#things.get(key), ...properties })
  }

  remove(group: string, name: string): void {
    this.require(group, name)
    this.#things.delete(`${group} ${name}`)
  }

  /** Whether so many calls have passed since the thing was made. */
  isKnown(group: string, name: string, delay: number): boolean {
    if (this.find(group, name) === undefined) return false
    return this.now >= (this.#since.get(`${group} ${name}`) ?? -Infinity) + delay
  }

  /** Remembers a message, however often it comes. */
  notePublished(topic: string, message: string): void {
    this.#published.add(`${topic}: ${message}`)
  }

  enable(apis: readonly string[]): void {
    for (const api of apis) {
      if (!this.#apis.has(api)) this.#since.set(`api ${api}`, this.now)
      this.#apis.add(api)
    }
  }

  disable(api: string): void {
    this.#apis.delete(api)
  }

  isEnabled(api: string): boolean {
    return this.#apis.has(api)
  }

  requireApi(host: string, title: string): void {
    const since = this.#since.get(`api ${host}`) ?? -Infinity
    const isKnown = this.#apis.has(host) && this.now >= since + this.habits.delays.api
    if (!isKnown) this.#refuse(refusals.apiDisabled(title, host))
  }

  /** Throws a Refusal unless the account is there, and known everywhere. */
  requireAccount(email: string): void {
    const isKnown = this.isKnown('iam service-accounts', nameOf(email), this.habits.delays.account)
    if (!isKnown) this.#refuse(refusals.unknownAccount(email))
  }

  grant(grant: Grant): void {
    const [kind, email = ''] = grant.member.split(':')
    if (kind === 'serviceAccount') this.requireAccount(email)
    const key = keyOf(grant)
    if (!this.#grants.has(key)) this.#since.set(`grant ${key}`, this.now)
    this.#grants.set(key, grant)
  }

  revoke(grant: Grant): void {
    this.#grants.delete(keyOf(grant))
  }

  /** Whether the role was granted, and has become effective. */
  has(on: string, role: string, email: string): boolean {
    const key = keyOf({ on, role, member: `serviceAccount:${email}` })
    if (!this.#grants.has(key)) return false
    const delay = this.habits.isSlow(role) ? this.habits.delays.role : 0
    return this.now >= (this.#since.get(`grant ${key}`) ?? -Infinity) + delay
  }

  #refuse(reason: string): never {
    throw new Refusal(reason)
  }
}

function byName(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0].localeCompare(b[0])
}

/** The account's name, which its address begins with; Google's own with their domain. */
export function nameOf(email: string): string {
  return email.replace(/^.*serviceAccounts\//, '').replace(/@demo\.iam\.gserviceaccount\.com$/, '')
}

function keyOf({ on, role, member }: Grant): string {
  return `${member} has ${role} on ${on}`
}
