import { errorCodes, type HttpRequestKind, outcomes } from '../errors.ts'
import { notebookMediaType } from '../storage/serialise.ts'
import { packageVersion } from '../util/package.ts'
import { type Schema, schemas } from './openapi_schemas.ts'
import { jsonReply, type Reply } from './reply.ts'

let reply: Promise<Reply> | null = null

/** `GET /openapi.json`: the description, created once. */
export function handleOpenapi(): Promise<Reply> {
  reply ??= packageVersion().then((version) => jsonReply(openapi(version)))
  return reply
}

const runIdHeader = {
  'Nbtrigger-Run-Id': {
    description: 'The id of the run, once there is one: `DELETE /runs/{id}` cancels it',
    schema: { type: 'string', format: 'uuid' },
  },
}

const requestKinds: readonly HttpRequestKind[] = ['any', 'server', 'notebook', 'run']

/** What a client that prefers HTML gets of a problem. */
const problemAsPage = { 'text/html': { schema: { type: 'string' } } }

const executed = {
  'text/html': { schema: { type: 'string' } },
  [notebookMediaType]: { schema: { type: 'object' } },
}

/** Responses to a run: a representation, a type of its result, or a problem. */
const runResponses: Readonly<Record<string, object>> = withRunId({
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
  ...problems('run', { forms: executed }),
})

/** The same responses, each of which may name the run. */
function withRunId(responses: Readonly<Record<string, object>>): Readonly<Record<string, object>> {
  const entries = Object.entries(responses)
  return Object.fromEntries(
    entries.map(([status, response]) => [status, { ...response, headers: runIdHeader }]),
  )
}

/**
 * The problem responses to a request of this kind, by status. `forms`: media types in which a
 * failed run can be shown as well; `more`: codes that only this request is answered with.
 */
function problems(
  kind: HttpRequestKind,
  { forms = {}, more = [] }: { readonly forms?: Schema; readonly more?: readonly string[] } = {},
): Readonly<Record<string, object>> {
  const kinds = requestKinds.slice(0, requestKinds.indexOf(kind) + 1)
  const entries = Object.entries(errorCodes).filter(
    ([code, { requests }]) =>
      more.includes(code) || (requests !== null && kinds.includes(requests)),
  )
  const statuses = new Set(entries.map(([, { httpStatus }]) => httpStatus))
  return Object.fromEntries(
    [...statuses].map((status) => {
      const those = entries.filter(([, { httpStatus }]) => httpStatus === status)
      const description = those.map(([code, { meaning }]) => `${code}: ${meaning}`).join('\n')
      const own = { properties: { code: { enum: those.map(([code]) => code) } } }
      const schema = { ...own, allOf: [{ $ref: '#/components/schemas/Problem' }] }
      const content = {
        'application/problem+json': { schema },
        ...problemAsPage,
        ...(status >= 422 ? forms : {}),
      }
      return [String(status), { description, content }]
    }),
  )
}

/** A JSON body of this schema. */
function json(name: string): Readonly<Record<string, { readonly schema: Schema }>> {
  return { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } }
}

/** The OpenAPI description of the service, from the tables of options and errors. */
export function openapi(version: string): object {
  return {
    openapi: '3.1.0',
    info: { title: 'nbtrigger-http', version, description },
    security: [{}, { key: [] }],
    paths,
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'NBTRIGGER_HTTP_KEY, where it is set' },
      },
      schemas,
    },
  }
}

const description =
  'Runs Jupyter notebooks. Whatever goes wrong is reported as application/problem+json; a path that is ' +
  'not here answers 404, but for the page of the function where it is switched on, and a method ' +
  'that is not here 405 with "Allow".'

type Operation = Readonly<Record<string, unknown>>

const words = { 'text/plain': { schema: { type: 'string' }, example: '/reports/daily.ipynb' } }
/** Read as arguments or as JSON, depending on the first character. */
const untyped = { 'application/octet-stream': {} }
const query = {
  name: 'parameters',
  in: 'query',
  style: 'form',
  explode: true,
  schema: { type: 'object', additionalProperties: { type: 'string' } },
  description: 'Each is a number, True, False or None if it looks like one, else text',
}
const result = {
  name: 'result',
  in: 'query',
  allowEmptyValue: true,
  schema: { type: 'string' },
  description: 'The answer is the result alone, in whatever type',
}
const again = 'The request has a Last-Event-ID: events that have ended are not begun again'
const path = {
  name: 'path',
  in: 'path',
  required: true,
  schema: { type: 'string' },
  description: "The notebook's path with its slashes, from the server's root folder",
}
const search = {
  name: 'search',
  in: 'query',
  schema: { type: 'string' },
  description: 'List instead what has this text in its name, in this folder and those below',
}
const folder = {
  name: 'folder',
  in: 'query',
  schema: { type: 'string', default: '/' },
  description: "A path from the server's root folder",
}

const warm = {
  name: 'warm',
  in: 'query',
  schema: { type: 'boolean', default: true },
  description: '`false`: start a kernel even if there is a warm one for this notebook',
}

const id = {
  name: 'id',
  in: 'path',
  required: true,
  schema: { type: 'string' },
  description: 'The id in Nbtrigger-Run-Id, in the first event of a stream and in the report',
}
const runFilters = [
  {
    name: 'notebook',
    in: 'query',
    schema: { type: 'string' },
    description: "Only runs of the notebook at this path from the server's root folder",
  },
  { name: 'outcome', in: 'query', schema: { enum: outcomes }, description: 'Only such runs' },
  {
    name: 'before',
    in: 'query',
    schema: { type: 'string' },
    description: 'The id of a run: only older ones; `next` of the page before',
  },
  {
    name: 'limit',
    in: 'query',
    schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
  },
]
const cancelResponses = {
  '202': {
    description: 'The run is being cancelled; its own answer is its report',
    content: json('RunRef'),
  },
  ...problems('any', { more: ['RUN_NOT_FOUND'] }),
}

const paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  '/': {
    post: {
      operationId: 'runBody',
      summary: 'Run what the body asks for, as words or as JSON',
      parameters: [result],
      requestBody: { required: true, content: { ...words, ...json('Order'), ...untyped } },
      responses: runResponses,
    },
  },
  '/run/{path}': {
    get: {
      operationId: 'runNotebookByQuery',
      summary: 'Run the notebook with the parameters of the query',
      parameters: [path, query, result, warm],
      responses: { ...runResponses, '204': { description: again } },
    },
    post: {
      operationId: 'runNotebook',
      summary: 'Run the notebook with the parameters of the query and of the body',
      parameters: [path, query, result, warm],
      requestBody: { content: { ...json('PathOrder'), ...untyped } },
      responses: { ...runResponses, '204': { description: again } },
    },
  },
  '/runs': {
    get: {
      operationId: 'listRuns',
      summary: 'List the runs of the history, the newest first (NBTRIGGER_RUNS)',
      parameters: runFilters,
      responses: {
        '200': {
          description: 'One page of the list; "next" is null on the last one',
          content: json('RecordedRuns'),
        },
        ...problems('server', { more: ['ROUTE_NOT_FOUND', 'HISTORY_UNAVAILABLE'] }),
      },
    },
  },
  '/runs/{id}': {
    get: {
      operationId: 'readRun',
      summary: 'A run of the history; "Accept" chooses what of it is sent',
      parameters: [id, result],
      responses: {
        '200': {
          description: 'The run, whether it succeeded or not',
          content: {
            ...json('RecordedRunWithReport'),
            ...executed,
            '*/*': {
              schema: { description: 'The result of the last cell, where it has this type' },
            },
          },
        },
        '303': { description: 'For a browser that opens the address: the page that shows the run' },
        ...problems('run', { more: ['RUN_NOT_FOUND', 'ROUTE_NOT_FOUND', 'HISTORY_UNAVAILABLE'] }),
      },
    },
    delete: {
      operationId: 'cancelRun',
      summary: 'Cancel a run of this instance: its cell is interrupted, its kernel deleted',
      parameters: [id],
      responses: cancelResponses,
    },
  },
  '/runs/{id}/cancel': {
    post: {
      operationId: 'cancelRunByPost',
      summary: 'The same for clients that can only post, as a beacon of a browser does',
      parameters: [id],
      responses: cancelResponses,
    },
  },
  '/warm': {
    get: {
      operationId: 'showWarmKernels',
      summary: 'The notebooks that have warm kernels (NBTRIGGER_WARM), and how well these serve',
      responses: {
        '200': { description: 'None without NBTRIGGER_WARM', content: json('WarmKernels') },
        ...problems('any'),
      },
    },
  },
  '/notebooks': {
    get: {
      operationId: 'listNotebooks',
      summary: 'List the folders and notebooks in a folder of JUPYTER_SERVER',
      parameters: [folder, search],
      responses: {
        '200': { description: 'What is there', content: json('Folder') },
        ...problems('server'),
      },
    },
  },
  '/parameters/{path}': {
    get: {
      operationId: 'listParameters',
      summary: 'List the parameters that the notebook takes',
      parameters: [path],
      responses: {
        '200': { description: 'null without a cell for them', content: json('Parameters') },
        ...problems('notebook'),
      },
    },
  },
  '/openapi.json': {
    get: {
      operationId: 'describeService',
      summary: 'This description',
      responses: {
        '200': { description: 'OpenAPI 3.1', content: { 'application/json': {} } },
        ...problems('any'),
      },
    },
  },
}
