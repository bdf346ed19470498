import { safeText } from '../util/text.ts'
import type { Api } from './api.ts'
import { byId } from './element.ts'
import { ExecutedView } from './executed_view.ts'
import { HistoryList } from './history_list.ts'
import { readHistoryPlace } from './history_place.ts'
import { RecordedView } from './recorded_view.ts'

/** The part of the page that shows the history, in place of the notebook and its run. */
export class HistoryPage {
  readonly #main = byId('main', HTMLElement)
  readonly #link = byId('history-link', HTMLAnchorElement)
  readonly #list: HistoryList
  readonly #recorded: RecordedView

  constructor(api: Api) {
    this.#list = new HistoryList(api)
    this.#recorded = new RecordedView(api)
  }

  /** Shows what the hash names; null, with the history hidden, when it names none of it. */
  show(hash: string): Promise<void> | null {
    ExecutedView.leaveReport()
    const place = readHistoryPlace(hash)
    this.#main.dataset['view'] = place === null ? 'notebook' : 'history'
    if (place === null) this.#link.removeAttribute('aria-current')
    else this.#link.setAttribute('aria-current', 'page')
    if (place?.type !== 'runs') this.#list.hide()
    if (place?.type !== 'run') this.#recorded.hide()
    if (place === null) return null
    document.title = safeText('History · nbtrigger')
    return place.type === 'runs' ? this.#list.show(place) : this.#recorded.show(place)
  }
}
