import { isRecord } from '../../src/util/record.ts'

/** A field of a message: a type of JSON, another message, or a list of either. */
type Field = string | readonly [string]

/** Messages of the discovery document of the Cloud Run Admin API, v2, that a call of `jobs.run` has. */
const messages: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  RunJobRequest: { overrides: 'Overrides', validateOnly: 'boolean', etag: 'string' },
  Overrides: {
    containerOverrides: ['ContainerOverride'],
    taskCount: 'integer',
    timeout: 'google-duration',
  },
  ContainerOverride: { name: 'string', args: ['string'], env: ['EnvVar'], clearArgs: 'boolean' },
  EnvVar: { name: 'string', value: 'string', valueSource: 'EnvVarSource' },
  EnvVarSource: { secretKeyRef: 'SecretKeySelector' },
  SecretKeySelector: { secret: 'string', version: 'string' },
}

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => Number.isInteger(value),
  'google-duration': (value) => typeof value === 'string' && /^\d+(\.\d{1,9})?s$/.test(value),
}

/** What Google would say of a value that is no such message; null when it is one. */
export function problemOf(value: unknown, message: string, path = ''): string | null {
  if (!isRecord(value)) return invalid(path, message)
  for (const [name, child] of Object.entries(value)) {
    const field = messages[message]?.[name]
    const at = path === '' ? name : `${path}.${name}`
    if (field === undefined)
      return `Invalid JSON payload received. Unknown name "${name}" at '${path}'`
    const problem =
      typeof field === 'string' ? problemOfField(child, field, at) : problemOfList(child, field, at)
    if (problem !== null) return problem
  }
  return null
}

function problemOfList(value: unknown, [type]: readonly [string], path: string): string | null {
  if (!Array.isArray(value)) return invalid(path, 'a list')
  const problems = value.map((each, index) => problemOfField(each, type, `${path}[${index}]`))
  return problems.find((problem) => problem !== null) ?? null
}

function problemOfField(value: unknown, type: string, path: string): string | null {
  const check = types[type]
  if (check === undefined) return problemOf(value, type, path)
  return check(value) ? null : invalid(path, type)
}

function invalid(path: string, type: string): string {
  return `Invalid value at '${path}' (${type})`
}
