import { errorCodes, type ErrorCode } from '../errors.ts'
import type { Schema } from './openapi_schemas.ts'

/** What can be wrong with any request. */
export const ofRequests: readonly ErrorCode[] = [
  'KEY_REFUSED',
  'HOST_HEADER_REFUSED',
  'ORIGIN_REFUSED',
  'INTERNAL',
]

/** What can be wrong where only the server is asked. */
export const ofServers: readonly ErrorCode[] = [
  'ARGUMENTS_INVALID',
  'TOKEN_MISSING',
  'HOST_NOT_ALLOWED',
  'HTTP_NOT_ALLOWED',
  'SERVER_UNREACHABLE',
  'SERVER_NOT_JUPYTER',
  'TLS_FAILED',
  'TOKEN_REFUSED',
  'IAM_REFUSED',
  'IAM_UNREACHABLE',
  'NOTEBOOK_NOT_FOUND',
  'BUSY',
  'CANCELLED',
  'INSTANCE_STOPPED',
]

/** What no run of a request can end with. */
const notOfRuns: readonly string[] = ['ROUTE_NOT_FOUND', 'METHOD_NOT_ALLOWED', 'MESSAGE_TOO_OLD']

const executed = {
  'text/html': { schema: { type: 'string' } },
  'application/x-ipynb+json': { schema: { type: 'object' } },
}

/** Of a run: one of its forms, or a type that its result has, or a problem. */
export const runResponses: Readonly<Record<string, object>> = {
  '200': {
    description: 'The run succeeded; "Accept" chooses what of it is sent',
    content: {
      ...json('Report'),
      ...executed,
      'text/event-stream': {
        schema: {
          type: 'string',
          description:
            'The run as it goes, whatever becomes of it: each `data` is an Event. With text/html ' +
            'accepted too, the last one, `executed_notebook`, is an ExecutedNotebook',
        },
      },
      '*/*': { schema: { description: 'The result of the last cell, where it has this type' } },
    },
  },
  ...problems(
    Object.keys(errorCodes).filter((code) => !notOfRuns.includes(code)),
    executed,
  ),
}

/** Problems by status; a run that broke off may be shown as far as it came, in these `forms`. */
export function problems(
  codes: readonly string[],
  forms: Schema = {},
): Readonly<Record<string, object>> {
  const entries = Object.entries(errorCodes).filter(([code]) => codes.includes(code))
  const statuses = new Set(entries.map(([, { httpStatus }]) => httpStatus))
  return Object.fromEntries(
    [...statuses].map((status) => {
      const those = entries.filter(([, { httpStatus }]) => httpStatus === status)
      const description = those.map(([code, { meaning }]) => `${code}: ${meaning}`).join('\n')
      const own = { properties: { code: { enum: those.map(([code]) => code) } } }
      const schema = { ...own, allOf: [{ $ref: '#/components/schemas/Problem' }] }
      const content = { 'application/problem+json': { schema }, ...(status >= 422 ? forms : {}) }
      return [String(status), { description, content }]
    }),
  )
}

/** A JSON body of this schema. */
export function json(name: string): Readonly<Record<string, { readonly schema: Schema }>> {
  return { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } }
}
