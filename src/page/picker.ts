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
  readonly #search = byId('search', HTMLButtonElement)
  #entries: readonly Entry[] = []
  #isCut = false
  #shown: string | null = null
  #chosen: string | null = null
  #loading = new AbortController()
  /** In place of the folder's entries: that it is being read, or why it cannot be. */
  #unread: readonly (Node | string)[] = []
  /** The search that runs or is shown; null while the list is the folder's. */
  #searching: AbortController | null = null

  constructor(api: Api) {
    this.#api = api
    this.#filter.addEventListener('input', () => this.#endSearch())
    this.#filter.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && this.#query !== '')
        void this.#searchAll() // shows its own errors
      else this.#move(event)
    })
    this.#search.addEventListener('click', () => void this.#searchAll()) // shows its own errors
    this.#list.addEventListener('keydown', (event) => this.#move(event))
  }

  /** Whether the focus is on a folder or notebook of the list. */
  get hasFocus(): boolean {
    return [this.#list, this.#crumbs].some((part) => part.contains(document.activeElement))
  }

  get #query(): string {
    return this.#filter.value.trim().toLowerCase()
  }

  /** Shows a folder, or the folder of a notebook. */
  async show(place: Place): Promise<void> {
    this.#chosen = place.type === 'notebook' ? place.path : null
    const folder = place.type === 'folder' ? place.path : folderOf(place.path)
    if (folder === this.#shown) return this.#endSearch()
    this.#loading.abort()
    this.#loading = new AbortController()
    const { signal } = this.#loading
    const hadFocus = this.hasFocus
    this.#begin(folder)
    try {
      const { entries, isCut } = await this.#api.folder(folder, signal)
      if (signal.aborted) return
      this.#entries = entries
      this.#isCut = isCut
      this.#shown = folder
      this.#drawUnlessSearching()
      if (hadFocus && document.activeElement === document.body) this.#focusFirst()
    } catch (error) {
      if (!signal.aborted) this.#fail(error, place)
    }
  }

  #begin(folder: string): void {
    this.#shown = null
    this.#entries = []
    this.#filter.value = ''
    this.#unread = ['Reading the folder …']
    this.#endSearch()
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
    const query = this.#query
    const found = this.#entries.filter(({ name }) => name.toLowerCase().includes(query))
    this.#search.hidden = query === ''
    this.#show(found.map((entry) => ({ ...entry, label: entry.name })))
    const counts = { total: this.#entries.length, found: found.length, isCut: this.#isCut }
    this.#note.replaceChildren(...(this.#shown === null ? this.#unread : [noteOf(counts)]))
  }

  #drawUnlessSearching(): void {
    if (this.#searching === null) this.#draw()
  }

  /** Shows the folder again. */
  #endSearch(): void {
    this.#searching?.abort()
    this.#searching = null
    this.#draw()
  }

  /** Shows what has the text of the filter in its name, in any folder. */
  async #searchAll(): Promise<void> {
    this.#searching?.abort()
    this.#searching = new AbortController()
    const { signal } = this.#searching
    const query = this.#query
    this.#note.textContent = 'Searching all folders …'
    try {
      const { entries, isCut } = await this.#api.search(query, signal)
      if (signal.aborted) return
      this.#show(entries.map((entry) => ({ ...entry, label: entry.path.slice(1) })))
      this.#search.hidden = true
      this.#note.textContent = foundNote(entries.length, isCut)
      if (document.activeElement !== this.#filter) this.#focusFirst()
    } catch (error) {
      if (signal.aborted) return
      this.#endSearch()
      this.#note.textContent = `Cannot search. ${messageOf(error)}`
    }
  }

  /** Lists these; the focus stays on an entry that is still there. */
  #show(entries: readonly ListedEntry[]): void {
    const focused = this.#list.contains(document.activeElement)
      ? document.activeElement?.getAttribute('href')
      : null
    this.#list.replaceChildren(...entries.map((entry) => this.#itemOf(entry)))
    const links = [...this.#list.querySelectorAll('a')]
    links.find((link) => link.getAttribute('href') === focused)?.focus()
  }

  #focusFirst(): void {
    const [first] = this.#list.querySelectorAll('a')
    ;(first ?? this.#filter).focus()
  }

  #itemOf({ label: shown, path, type, isWarm = false }: ListedEntry): HTMLElement {
    const isFolder = type === 'directory'
    const place = isFolder
      ? ({ type: 'folder', path } as const)
      : ({ type: 'notebook', path, texts: new Map<string, string>() } as const)
    const label = `${shown}${isFolder ? ', folder' : ''}${isWarm ? ', starts at once' : ''}`
    const kind = isWarm ? `${type} warm` : type
    const title = isWarm ? `${shown}: a warm kernel is ready` : shown
    const attributes = { href: hashOf(place), class: kind, 'aria-label': label, title }
    const current = path === this.#chosen ? { 'aria-current': 'page' } : {}
    return element('li', {}, element('a', { ...attributes, ...current }, shown))
  }

  #fail(error: unknown, place: Place): void {
    const again = element('button', { type: 'button', class: 'quiet' }, 'Try again')
    again.addEventListener('click', () => void this.show(place)) // shows its own errors
    this.#unread = [`Cannot show the notebooks. ${messageOf(error)}. `, again]
    this.#drawUnlessSearching()
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

interface ListedEntry extends Entry {
  /** Its name, or its path where that says more. */
  readonly label: string
}

function foundNote(count: number, isCut: boolean): string {
  if (count === 0 && !isCut) return 'No folder has this in a name.'
  return isCut ? `Only the first ${count} are listed: there are too many folders.` : ''
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
