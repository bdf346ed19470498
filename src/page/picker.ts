import { messageOf } from '../errors.ts'
import type { Api, Entry } from './api.ts'
import { byId, element } from './element.ts'
import { folderOf, hashOf, nameOf, type Place } from './place.ts'

/** The folders and notebooks of the server, one folder at a time. */
export class Picker {
  readonly #api: Api
  readonly #crumbs = byId('crumbs', HTMLElement)
  readonly #filter = byId('filter', HTMLInputElement)
  readonly #list = byId('entries', HTMLElement)
  readonly #note = byId('picker-note', HTMLElement)
  #entries: readonly Entry[] = []
  #isCut = false
  #shown: string | null = null
  #chosen: string | null = null
  #loading = new AbortController()

  constructor(api: Api) {
    this.#api = api
    this.#filter.addEventListener('input', () => this.#draw())
    this.#filter.addEventListener('keydown', (event) => this.#move(event))
    this.#list.addEventListener('keydown', (event) => this.#move(event))
  }

  /** Shows a folder, or the folder of a notebook. */
  async show(place: Place): Promise<void> {
    this.#chosen = place.type === 'notebook' ? place.path : null
    const folder = place.type === 'folder' ? place.path : folderOf(place.path)
    if (folder === this.#shown) return this.#draw()
    this.#loading.abort()
    this.#loading = new AbortController()
    const { signal } = this.#loading
    this.#begin(folder)
    try {
      const { entries, isCut } = await this.#api.folder(folder, signal)
      if (signal.aborted) return
      this.#entries = entries
      this.#isCut = isCut
      this.#shown = folder
      this.#draw()
    } catch (error) {
      if (!signal.aborted) this.#fail(error, place)
    }
  }

  #begin(folder: string): void {
    this.#shown = null
    this.#entries = []
    this.#filter.value = ''
    this.#list.replaceChildren()
    this.#note.textContent = 'Reading the folder …'
    const names = folder.split('/').filter((name) => name !== '')
    const paths = names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`)
    const links = ['/', ...paths].map((path) => {
      const current = path === folder ? { 'aria-current': 'location' } : {}
      const name = path === '/' ? 'All notebooks' : nameOf(path)
      return element('a', { href: hashOf({ type: 'folder', path }), ...current }, name)
    })
    this.#crumbs.replaceChildren(...links)
  }

  #draw(): void {
    const query = this.#filter.value.trim().toLowerCase()
    const found = this.#entries.filter(({ name }) => name.toLowerCase().includes(query))
    this.#list.replaceChildren(...found.map((entry) => this.#itemOf(entry)))
    this.#note.textContent = noteOf({
      total: this.#entries.length,
      found: found.length,
      isCut: this.#isCut,
    })
  }

  #itemOf({ name, path, type, isWarm = false }: Entry): HTMLElement {
    const isFolder = type === 'directory'
    const place = isFolder
      ? ({ type: 'folder', path } as const)
      : ({ type: 'notebook', path, texts: new Map<string, string>() } as const)
    const label = `${name}${isFolder ? ', folder' : ''}${isWarm ? ', starts at once' : ''}`
    const kind = isWarm ? `${type} warm` : type
    const title = isWarm ? `${name}: a warm kernel is ready` : name
    const attributes = { href: hashOf(place), class: kind, 'aria-label': label, title }
    const current = path === this.#chosen ? { 'aria-current': 'page' } : {}
    return element('li', {}, element('a', { ...attributes, ...current }, name))
  }

  #fail(error: unknown, place: Place): void {
    const again = element('button', { type: 'button', class: 'quiet' }, 'Try again')
    again.addEventListener('click', () => void this.show(place)) // shows its own errors
    this.#note.replaceChildren(`Cannot show the notebooks. ${messageOf(error)}. `, again)
  }

  /** Moves the focus through the list with the arrow keys, from the filter and back to it. */
  #move(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const stops = [this.#filter, ...this.#list.querySelectorAll('a')]
    const now = stops.findIndex((stop) => stop === document.activeElement)
    stops[Math.min(stops.length - 1, Math.max(0, now + step))]?.focus()
  }
}

interface Counts {
  readonly total: number
  readonly found: number
  readonly isCut: boolean
}

function noteOf({ total, found, isCut }: Counts): string {
  if (total === 0) return 'There is no notebook in this folder.'
  if (found === 0) return 'Nothing here has this in its name.'
  return isCut ? `Only the first ${total} are listed.` : ''
}
