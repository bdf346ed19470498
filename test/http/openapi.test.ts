import { describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { errorCodes } from '../../src/errors.ts'
import { routes } from '../../src/http/app.ts'
import { openapi } from '../../src/http/openapi.ts'
import { fields } from '../../src/request/json_request.ts'

interface Operation {
  readonly operationId: string
  readonly responses: object
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, object>> }
}

const document: Document = JSON.parse(JSON.stringify(openapi('1.2.3')))

/** They ask no Jupyter Server. */
const beside = ['/openapi.json', '/runs/{id}', '/runs/{id}/cancel', '/warm']

const ofPage = ['GET /', 'GET /page/{path}']

describe('openapi()', () => {
  test('describes every route and method but the page', () => {
    const served = routes.flatMap(({ path, methods }) =>
      Object.keys(methods).map(
        (method) => `${method} ${path.replace(/(?<=.)\/$/, '/{path}').replace(/:(\w+)/, '{$1}')}`,
      ),
    )
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(described.toSorted()).toEqual(
      served.filter((route) => !ofPage.includes(route)).toSorted(),
    )
  })

  test('describes every status that an error can have', () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path))
    const described = new Set(operations.flatMap(({ responses }) => Object.keys(responses)))
    const statuses = Object.values(errorCodes).map(({ httpStatus }) => String(httpStatus))
    expect([...described, '405']).toEqual(expect.arrayContaining([...statuses, '200']))
  })

  test('describes wherever the server is asked what can be wrong with the way to it', () => {
    const others = Object.entries(document.paths).filter(([path]) => !beside.includes(path))
    for (const operation of others
      .map(([, operations]) => operations)
      .flatMap((path) => Object.values(path))) {
      const text = JSON.stringify(operation.responses)
      for (const code of Object.keys(errorCodes).filter((name) =>
        /^(IAM|TLS|SERVER)_/.test(name),
      )) {
        expect(text).toContain(`"${code}"`)
      }
    }
  })

  test('offers every field', () => {
    const { schemas } = document.components
    const names = ['parameters', ...fields.keys()]
    expect(Object.keys(Object(schemas['PathOrder']).properties)).toEqual(names)
    expect(Object.keys(Object(schemas['Order']).properties)).toEqual([
      'server',
      'notebook',
      'notebookContent',
      ...names,
    ])
  })

  test('says of a body nothing but what OpenAPI knows: all else stands in its schema', () => {
    const responses = Object.values(document.paths)
      .flatMap((path) => Object.values(path))
      .flatMap((operation) => Object.values(operation.responses))
    const bodies = responses.flatMap(({ content }) => Object.values(Object(content)))
    expect(bodies.length).toBeGreaterThan(20)
    expect([...new Set(bodies.flatMap((body) => Object.keys(Object(body))))]).toEqual(['schema'])
  })

  test('gives every operation a name of its own', () => {
    const ids = Object.values(document.paths)
      .flatMap((path) => Object.values(path))
      .map(({ operationId }) => operationId)
    expect(ids.every((id) => /^[a-z][a-zA-Z]+$/.test(id))).toBe(true)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('has schemas that are schemas', () => {
    const ajv = new Ajv2020({ strict: false })
    for (const schema of Object.values(document.components.schemas)) {
      expect([ajv.validateSchema(schema), ajv.errorsText()]).toEqual([true, 'No errors'])
    }
  })
})
