import { json, ofRequests, ofServers, problems, runResponses } from './openapi_responses.ts'
import { schemas } from './openapi_schemas.ts'

/** The description of the HTTP function, made from the tables of options and errors. */
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
  'Runs Jupyter notebooks. Whatever goes wrong is told as application/problem+json; a path that is ' +
  'not here answers 404, but for the page of the function where it is switched on, and a method ' +
  'that is not here 405 with "Allow".'

type Operation = Readonly<Record<string, unknown>>

const words = { 'text/plain': { schema: { type: 'string' }, example: '/reports/daily.ipynb' } }
/** Read as words or as JSON, by how it begins. */
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
const folder = {
  name: 'folder',
  in: 'query',
  schema: { type: 'string', default: '/' },
  description: "A path from the server's root folder",
}

const paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  '/': {
    post: {
      summary: 'Run what the body asks for, as words or as JSON',
      parameters: [result],
      requestBody: { required: true, content: { ...words, ...json('Order'), ...untyped } },
      responses: runResponses,
    },
  },
  '/run/{path}': {
    get: {
      summary: 'Run the notebook with the parameters of the query',
      parameters: [path, query, result],
      responses: { ...runResponses, '204': { description: again } },
    },
    post: {
      summary: 'Run the notebook with the parameters of the query and of the body',
      parameters: [path, query, result],
      requestBody: { content: { ...json('PathOrder'), ...untyped } },
      responses: { ...runResponses, '204': { description: again } },
    },
  },
  '/notebooks': {
    get: {
      summary: 'List the folders and notebooks in a folder of JUPYTER_SERVER',
      parameters: [folder],
      responses: {
        '200': { description: 'What is there', content: json('Folder') },
        ...problems([...ofRequests, ...ofServers]),
      },
    },
  },
  '/parameters/{path}': {
    get: {
      summary: 'List the parameters that the notebook takes',
      parameters: [path],
      responses: {
        '200': { description: 'null without a cell for them', content: json('Parameters') },
        ...problems([...ofRequests, ...ofServers, 'NOTEBOOK_INVALID']),
      },
    },
  },
  '/openapi.json': {
    get: {
      summary: 'This description',
      responses: {
        '200': { description: 'OpenAPI 3.1', content: { 'application/json': {} } },
        ...problems(ofRequests),
      },
    },
  },
}
