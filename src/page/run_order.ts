import type { RunOrder } from './api.ts'
import type { Field } from './field.ts'

const numberOptions = ['timeout', 'cellTimeout', 'startTimeout']

/**
 * The request of a run. Its body is built as text, so that numbers keep the form in which they were
 * typed: 1 and 1.0 stay different, and no digits are lost.
 */
export function orderOf(notebook: string, fields: readonly Field[], options: FormData): RunOrder {
  const query = new URLSearchParams()
  const parameters = new Map<string, string>()
  for (const { name, value } of fields) {
    if (name === '' || value === null) continue
    if (value.type === 'query') query.append(name, value.text)
    if (value.type === 'json') parameters.set(name, value.json)
  }
  const members = new Map([...optionsOf(options), ['parameters', object(parameters)]])
  return { notebook, body: object(members), query }
}

function optionsOf(options: FormData): ReadonlyMap<string, string> {
  const given = new Map<string, string>()
  for (const name of numberOptions) {
    const text = options.get(name)
    if (typeof text === 'string' && text !== '') given.set(name, String(Number(text)))
  }
  const kernel = options.get('kernel')
  if (typeof kernel === 'string' && kernel !== '') given.set('kernel', JSON.stringify(kernel))
  if (options.has('allowErrors')) given.set('allowErrors', 'true')
  return given
}

function object(members: ReadonlyMap<string, string>): string {
  const list = Array.from(members, ([name, json]) => `${JSON.stringify(name)}:${json}`)
  return `{${list.join(',')}}`
}
