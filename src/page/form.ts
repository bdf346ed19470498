import { messageOf } from '../errors.ts'
import { safeText } from '../util/text.ts'
import { type Api, noText, type NotebookText, type RunCall } from './api.ts'
import { byId } from './element.ts'
import { addedField, declaredField, type Field } from './field.ts'
import { nameOf, type Place } from './place.ts'

type NotebookPlace = Extract<Place, { readonly type: 'notebook' }>

/** The form with the parameters of the selected notebook and the options of the run. */
export class Form {
  readonly #api: Api
  readonly #form = byId('form', HTMLFormElement)
  readonly #list = byId('fields', HTMLElement)
  readonly #note = byId('form-note', HTMLElement)
  readonly #heading = byId('notebook-name', HTMLElement)
  #fields: readonly Field[] = []
  #path: string | null = null
  #isReady = false
  #text: NotebookText = noText
  #loading = new AbortController()

  /** `changed` is called whenever the texts change. */
  constructor(api: Api, { changed }: { readonly changed: (place: NotebookPlace) => void }) {
    this.#api = api
    this.#form.addEventListener('input', () => {
      const { place } = this
      if (place !== null && this.isReady) changed(place)
    })
    byId('add', HTMLButtonElement).addEventListener('click', () => {
      this.#add('', '').element.querySelector('input')?.focus()
    })
  }

  /** Whether the fields are loaded; a run before that would miss the parameters of the address. */
  get isReady(): boolean {
    return this.#isReady
  }

  /** The notebook's Markdown and language, as far as they could be read. */
  get text(): NotebookText {
    return this.#text
  }

  /** The current notebook and texts. */
  get place(): NotebookPlace | null {
    if (this.#path === null) return null
    const texts = new Map<string, string>()
    for (const { name, text } of this.#fields)
      if (name !== '' && text !== null) texts.set(name, text)
    return { type: 'notebook', path: this.#path, texts }
  }

  async show(place: NotebookPlace): Promise<void> {
    const { path, texts } = place
    this.#loading.abort()
    this.#loading = new AbortController()
    const { signal } = this.#loading
    this.#path = path
    this.#isReady = false
    this.#heading.textContent = safeText(nameOf(path).replace(/\.ipynb$/, ''))
    byId('notebook-path', HTMLElement).textContent = safeText(path)
    this.#fields = []
    this.#text = noText
    this.#list.replaceChildren()
    this.#note.textContent = 'Reading what it takes …'
    try {
      const { parameters, ...text } = await this.#api.parameters(path, signal)
      if (signal.aborted) return
      this.#text = text
      this.#note.textContent = noteOf(parameters)
      for (const each of parameters ?? [])
        this.#put(declaredField(each, texts.get(each.name) ?? ''))
    } catch (error) {
      if (signal.aborted) return
      this.#note.textContent = safeText(`Cannot tell what parameters it takes. ${messageOf(error)}`)
    }
    const declared = new Set(this.#fields.map(({ name }) => name))
    for (const [name, text] of texts) if (!declared.has(name)) this.#add(name, text)
    this.#isReady = true
  }

  focus(): void {
    this.#heading.focus()
  }

  /** The request of the run; null, with the invalid field in focus, when a field cannot be read. */
  runCall(): RunCall | null {
    if (this.#path === null || !this.#isReady) return null
    const wrong = this.#form.querySelector<HTMLElement>('input:invalid')
    if (wrong === null) return runCallOf(this.#path, this.#fields, new FormData(this.#form))
    const hidden = wrong.closest('details')
    if (hidden !== null) hidden.open = true
    wrong.focus()
    this.#form.reportValidity()
    return null
  }

  #add(name: string, text: string): Field {
    const remove = (field: Field) => {
      this.#fields = this.#fields.filter((each) => each !== field)
      field.element.remove()
      this.#form.dispatchEvent(new Event('input'))
      byId('add', HTMLButtonElement).focus()
    }
    return this.#put(addedField(name, text, remove))
  }

  #put(field: Field): Field {
    this.#fields = [...this.#fields, field]
    this.#list.append(field.element)
    return field
  }
}

function noteOf(parameters: readonly unknown[] | null): string {
  if (parameters === null) return 'It has no cell tagged “parameters”. They can be set by name.'
  if (parameters.length === 0) return 'Its cell “parameters” shows none. They can be set by name.'
  return ''
}

const numberOptions = ['timeout', 'cellTimeout', 'startTimeout']

/**
 * The request of a run. Its body is built as text, so that numbers keep the form in which they were
 * typed: 1 and 1.0 stay different, and no digits are lost.
 */
function runCallOf(notebook: string, fields: readonly Field[], options: FormData): RunCall {
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
