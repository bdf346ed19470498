import type { Parameter } from './api.ts'
import { element } from './element.ts'
import { fieldValue, type FieldValue } from './field_value.ts'

export interface Field {
  readonly element: HTMLElement
  /** Empty until the user has named the parameter. */
  readonly name: string
  /** null for the notebook's default. */
  readonly text: string | null
  readonly value: FieldValue | null
}

/** A field for a parameter that the notebook declares; an empty one stands for the default. */
export function declaredField(parameter: Parameter, text: string): Field {
  const { name, type, help } = parameter
  const id = `parameter-${name}`
  const input = inputFor(parameter, text)
  input.id = id
  const reading = readingOf(input, type, id)
  const label = element(
    'label',
    { for: id },
    element('span', { class: 'name' }, name),
    type === null ? null : element('span', { class: 'type' }, type),
  )
  const note = help === '' ? null : element('p', { class: 'help', id: `${id}-help` }, help)
  if (note !== null) input.setAttribute('aria-describedby', `${id}-reading ${id}-help`)
  const row = element('div', { class: 'field' }, label, inputRow(input, reading.element), note)
  return fieldOf(row, () => name, input, type)
}

/** A field for a parameter that the notebook does not declare. */
export function addedField(given: string, text: string, remove: (field: Field) => void): Field {
  const id = `added-${crypto.randomUUID()}`
  const name = element('input', { ...plain, placeholder: 'name', 'aria-label': 'Name' })
  name.value = given
  const input = element('input', { ...plain, placeholder: 'value', 'aria-label': 'Value' })
  input.value = text
  const reading = readingOf(input, null, id)
  const button = element('button', { type: 'button', class: 'quiet' }, 'Remove')
  const row = inputRow(input, reading.element)
  const line = element('div', { class: 'field added' }, name, row, button)
  const field = fieldOf(line, () => name.value.trim(), input, null)
  button.addEventListener('click', () => remove(field))
  return field
}

type Input = HTMLInputElement | HTMLSelectElement

const plain = { type: 'text', autocapitalize: 'off', autocomplete: 'off', spellcheck: 'false' }

function fieldOf(row: HTMLElement, name: () => string, input: Input, type: string | null): Field {
  return {
    element: row,
    get name() {
      return name()
    },
    get text() {
      return input.value === '' ? null : input.value
    },
    get value() {
      return input.value === '' ? null : fieldValue(input.value, type)
    },
  }
}

function inputFor({ type, default: value }: Parameter, text: string): Input {
  if (type !== null && /^bool(ean)?$/i.test(type)) return choice(value, text)
  const input = element('input', { ...plain, placeholder: value })
  input.value = text
  return input
}

function choice(value: string, text: string): HTMLSelectElement {
  const select = element(
    'select',
    {},
    element('option', { value: '' }, `${value} (default)`),
    element('option', { value: 'True' }, 'True'),
    element('option', { value: 'False' }, 'False'),
  )
  const known = [...select.options].some((option) => option.value === text)
  if (!known) select.append(element('option', { value: text }, text))
  select.value = text
  return select
}

function inputRow(input: Input, reading: HTMLElement): HTMLElement {
  return element('div', { class: 'input-row' }, input, reading)
}

/** Shows next to the field how its text is read, updated on input. */
function readingOf(input: Input, type: string | null, id: string) {
  const shown = element('span', { class: 'reading', id: `${id}-reading` })
  input.setAttribute('aria-describedby', `${id}-reading`)
  const draw = () => {
    const value = input.value === '' ? null : fieldValue(input.value, type)
    const isWrong = value?.type === 'problem'
    shown.textContent = value === null ? 'default' : isWrong ? value.message : value.kind
    shown.classList.toggle('wrong', isWrong)
    shown.classList.toggle('set', value !== null)
    input.setAttribute('aria-invalid', String(isWrong))
    input.setCustomValidity(isWrong ? value.message : '')
  }
  input.addEventListener('input', draw)
  draw()
  return { element: shown }
}
