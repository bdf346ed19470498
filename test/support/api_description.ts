import formats from 'ajv-formats'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { isRecord } from '../../src/util/record.ts'
import type { Call, CallAnswer } from './http_call.ts'
import { readEvents } from './server_sent_events.ts'

type Fields = Readonly<Record<string, unknown>>

const documentId = 'https://nbtrigger.test/openapi'

/** An OpenAPI document that answers are held against. */
export class ApiDescription {
  readonly #document: Fields
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true })

  constructor(document: unknown) {
    if (!isRecord(document)) throw new Error('Cannot read the description: it is no object')
    this.#document = document
    formats.default(this.#ajv)
    this.#ajv.addSchema(document, documentId)
  }

  /** Throws what is not described: the path, the method, the status, the type, or the body. */
  check(call: Call, answer: CallAnswer): void {
    const { method = 'GET', path } = call
    const [target = '', query = ''] = path.split('?')
    const template = this.#templateOf(target)
    // HTTP lets HEAD be what GET is, so that the description does not list it.
    const isHead = method === 'HEAD' && answer.status === 200
    const place = ['paths', template ?? '', isHead ? 'get' : method.toLowerCase()]
    if (template === null || this.#find(...place) === null) {
      this.#checkRefused(`${method} ${path}`, answer, template === null ? [404] : [404, 405])
      return
    }
    const { status, text } = answer
    if (isHead && text === '') return
    if (status === 204 && text === '' && this.#find(...place, 'responses', '204') !== null) return
    const isResult = new URLSearchParams(query).has('result')
    this.#checkContent([...place, 'responses', String(status), 'content'], answer, isResult)
    if (status === 200) this.#checkSent([...place, 'requestBody', 'content'], call)
  }

  /** What is not there is refused with a problem, after those who may not ask at all. */
  #checkRefused(
    what: string,
    { status, text, headers }: CallAnswer,
    expected: readonly number[],
  ): void {
    if (![401, 403, 421, ...expected].includes(status)) {
      throw new Error(
        `Cannot find "${what}" in the description, but it was answered with ${status}`,
      )
    }
    const isPage = typeOf(headers['content-type']) === 'text/html'
    if (text !== '' && !isPage)
      this.#validate(['components', 'schemas', 'Problem'], JSON.parse(text))
  }

  #checkContent(place: readonly string[], answer: CallAnswer, isResult: boolean): void {
    const type = typeOf(answer.headers['content-type'])
    if (type === 'text/event-stream') {
      for (const event of readEvents(answer.text)) {
        const schema = event.type === 'executed_notebook' ? 'ExecutedNotebook' : 'Event'
        this.#validate(['components', 'schemas', schema], event.data)
      }
    }
    if (this.#find(...place, type) === null && this.#find(...place, '*/*') === null) {
      throw new Error(`Cannot find the type "${type}" at ${place.join(' ')}`)
    }
    const isChecked = type.endsWith('json') && !isResult
    if (!isChecked || this.#find(...place, type, 'schema') === null) return
    this.#validate([...place, type, 'schema'], JSON.parse(answer.text))
  }

  /** What was taken is what is described as good to send. */
  #checkSent(place: readonly string[], { headers = {}, body }: Call): void {
    const type = typeOf(headers['Content-Type'])
    if (type !== 'application/json' || body === undefined) return
    this.#validate([...place, type, 'schema'], JSON.parse(String(body)))
  }

  #validate(place: readonly string[], value: unknown): void {
    const pointer = place.map((name) => name.replaceAll('~', '~0').replaceAll('/', '~1'))
    const $ref = `${documentId}#/${pointer.map(encodeURIComponent).join('/')}`
    if (this.#ajv.validate({ $ref }, value)) return
    throw new Error(`Cannot accept the body at ${place.join(' ')}: ${this.#ajv.errorsText()}`)
  }

  #templateOf(path: string): string | null {
    const templates = Object.keys(this.#find('paths') ?? {})
    return templates.find((template) => patternOf(template).test(path)) ?? null
  }

  #find(...place: readonly string[]): Fields | null {
    let found: unknown = this.#document
    for (const name of place) found = isRecord(found) ? found[name] : null
    return isRecord(found) ? found : null
  }
}

/** `{path}` stands for the rest of a path, and every other name for one segment. */
function patternOf(template: string): RegExp {
  const pattern = template
    .replaceAll('.', '\\.')
    .replaceAll('{path}', '.+')
    .replaceAll(/\{\w+\}/g, '[^/]+')
  return new RegExp(`^${pattern}$`)
}

function typeOf(header: string | undefined): string {
  return (header ?? '').split(';', 1)[0] ?? ''
}
