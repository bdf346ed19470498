import { byId } from './element.ts'

const storageName = 'nbtrigger-key'
const given = 'given'

/** The API key, if the service requires one: kept in this tab's session storage, never in a URL. */
export class Key {
  readonly #dialog = byId('key-dialog', HTMLDialogElement)
  readonly #form = byId('key-form', HTMLFormElement)
  readonly #input = byId('key', HTMLInputElement)
  readonly #forget = byId('forget-key', HTMLButtonElement)
  #asking: Promise<boolean> | null = null

  constructor() {
    this.#forget.addEventListener('click', () => this.#keep(null))
    this.#forget.hidden = this.value === null
    byId('key-cancel', HTMLButtonElement).addEventListener('click', () => this.#dialog.close())
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.#keep(this.#input.value.trim())
      this.#dialog.close(given)
    })
  }

  get value(): string | null {
    return sessionStorage.getItem(storageName)
  }

  /** Asks the user for a key in place of `refused`; false when they cancel. */
  async ask(refused: string | null): Promise<boolean> {
    if (this.value !== refused) return true // entered for another call meanwhile
    this.#asking ??= this.#show(refused !== null).finally(() => (this.#asking = null))
    return await this.#asking
  }

  #show(isWrong: boolean): Promise<boolean> {
    const note = isWrong ? 'The key that you gave is not the right one. ' : ''
    byId('key-note', HTMLElement).textContent =
      `${note}Ask the person who set up this service for it.`
    this.#input.setAttribute('aria-invalid', String(isWrong))
    this.#dialog.returnValue = ''
    this.#dialog.showModal()
    return new Promise((resolve) => {
      const closed = () => {
        this.#input.value = ''
        resolve(this.#dialog.returnValue === given)
      }
      this.#dialog.addEventListener('close', closed, { once: true })
    })
  }

  #keep(key: string | null): void {
    if (key === null) sessionStorage.removeItem(storageName)
    else sessionStorage.setItem(storageName, key)
    this.#forget.hidden = key === null
  }
}
