import type { Reason } from '../errors.ts'
import {
  callGoogle,
  codeOf,
  credentialsProblem,
  endpointOf,
  errorWithCode,
  failureReason,
  findProject,
  noCredentials,
} from './api.ts'

export interface PubsubMessage {
  readonly data: Uint8Array
  readonly attributes: Readonly<Record<string, string>>
}

export interface PubsubTopic {
  /** "NAME" or "projects/PROJECT/topics/NAME". */
  readonly topic: string
  /** The project of a topic without one; null leaves it to the credentials. */
  readonly project: string | null
  /** The value of PUBSUB_EMULATOR_HOST; null for Google's own. */
  readonly emulator: string | null
}

/** Google's rule for a topic's name, alone or in its project. */
export function isTopic(text: string): boolean {
  return /^(projects\/[a-z0-9:.-]+\/topics\/)?(?!goog)[A-Za-z][\w.~+%-]{2,254}$/.test(text)
}

/**
 * Publishes one message by Pub/Sub's REST API, and goes on while it fails for a transient reason, until
 * `signal` aborts. Throws what `pubsubProblem()` explains.
 */
export async function publishMessage(
  { topic, project, emulator }: PubsubTopic,
  { data, attributes }: PubsubMessage,
  signal: AbortSignal,
): Promise<void> {
  const path = topic.includes('/')
    ? topic
    : `projects/${await projectOf(project, signal)}/topics/${topic}`
  const url = new URL(
    `v1/${encodeURI(path)}:publish`,
    endpointOf(emulator, 'https://pubsub.googleapis.com'),
  )
  const messages = [{ data: Buffer.from(data).toString('base64'), attributes }]
  const call = {
    method: 'POST',
    url,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ messages }),
  } as const
  const retries = { retries: Number.POSITIVE_INFINITY, minWaitMs: 200, maxWaitMs: 2_000 }
  await callGoogle(call, { hasCredentials: emulator === null, ...retries }, signal)
}

async function projectOf(project: string | null, signal: AbortSignal): Promise<string> {
  if (project !== null) return project
  try {
    return await findProject(signal)
  } catch (cause) {
    signal.throwIfAborted()
    throw errorWithCode('no project', noProject, cause)
  }
}

const noProject = 'NO_PROJECT'

/** Why a message was not published. */
export function pubsubProblem(error: unknown, topic: string): Reason {
  return problems[codeOf(error)]?.(topic) ?? { what: failureReason(error, 'Pub/Sub fails with') }
}

const problems: Readonly<Record<string, (topic: string) => Reason>> = {
  '401': () => ({ what: 'Google Cloud does not accept the credentials' }),
  '403': () => ({
    what: 'Google Cloud refuses it',
    advice: 'the caller needs the role pubsub.publisher on the topic',
  }),
  '404': (topic) => ({
    what: 'there is no such topic',
    advice: `make it with "gcloud pubsub topics create ${topic}"`,
  }),
  [noCredentials]: () => credentialsProblem,
  [noProject]: () => ({
    what: 'it is not known which project it is in',
    advice: 'name it as projects/PROJECT/topics/NAME',
  }),
}
