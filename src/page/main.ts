import { safeText } from '../util/text.ts'
import { ActiveRun } from './active_run.ts'
import { Api } from './api.ts'
import { byId } from './element.ts'
import { Form } from './form.ts'
import { HistoryPage } from './history_page.ts'
import { Key } from './key.ts'
import { Picker } from './picker.ts'
import { hashOf, readPlace } from './place.ts'
import { isProblem } from './problem.ts'
import { RunView } from './run_view.ts'
import { disconnectedOutcome, refusedOutcome, stoppedOutcome } from './outcome_text.ts'

const api = new Api(new Key())
const picker = new Picker(api)
const view = new RunView()
const form = new Form(api, { changed: (place) => history.replaceState(null, '', hashOf(place)) })
const recorded = new HistoryPage(api)
const runButton = byId('run-button', HTMLButtonElement)
const copied = byId('copied', HTMLElement)
let running: ActiveRun | null = null
let shown: string | null = null
let isListed = false

addEventListener('hashchange', () => void show()) // shows its own errors
byId('form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault()
  void start() // shows its own errors
})
byId('stop', HTMLButtonElement).addEventListener('click', () => {
  view.stopping()
  void running?.stop() // never rejects
})
byId('copy-link', HTMLButtonElement).addEventListener('click', () => void copyLink())
addEventListener('pagehide', () => running?.leave())
addEventListener('beforeunload', (event) => {
  if (running !== null) event.preventDefault() // leaving the page would stop the run
})
await show()

async function show(): Promise<void> {
  const history = recorded.show(location.hash)
  if (history !== null) {
    const listed = isListed ? null : picker.show({ type: 'folder', path: '/' })
    isListed = true
    await Promise.all([history, listed])
    return
  }
  isListed = true
  const place = readPlace(location.hash)
  const isChosenByKey = picker.hasFocus
  const listed = picker.show(place)
  if (place.type === 'folder') return await listed
  const isOther = shown !== place.path
  if (isOther && running === null) view.clear()
  byId('welcome', HTMLElement).hidden = true
  byId('notebook', HTMLElement).hidden = false
  document.title = safeText(`${place.path} · nbtrigger`)
  copied.textContent = ''
  const filled = form.show(place).then(allowRun)
  allowRun()
  if (isOther && (shown !== null || isChosenByKey)) form.focus()
  shown = place.path
  foldPicker()
  await Promise.all([listed, filled])
}

/** On a narrow screen, hides the list once a notebook is selected. */
function foldPicker(): void {
  if (matchMedia('(max-width: 860px)').matches) {
    byId('picker', HTMLDetailsElement).open = false
  }
}

async function start(): Promise<void> {
  const runCall = running === null ? form.runCall() : null
  if (runCall === null) return
  running = new ActiveRun(api, runCall)
  allowRun()
  await run(runCall.notebook, running)
  running = null
  allowRun()
}

function allowRun(): void {
  // Not "disabled": the focus would be lost.
  runButton.setAttribute('aria-disabled', String(running !== null || !form.isReady))
}

async function copyLink(): Promise<void> {
  try {
    await navigator.clipboard.writeText(location.href)
    copied.textContent = 'Copied'
  } catch {
    copied.textContent = 'The address of this page is the link'
  }
}

/** How often to let the browser paint while messages arrive without a pause. */
const drawEveryMs = 50

/** Runs the notebook and shows the run until its stream ends; never throws. */
async function run(notebook: string, active: ActiveRun): Promise<void> {
  view.begin(notebook, form.text)
  try {
    let drawnTick = performance.now()
    for await (const message of active.messages()) {
      view.take(message)
      if (performance.now() - drawnTick < drawEveryMs) continue
      await new Promise((resolve) => setTimeout(resolve))
      drawnTick = performance.now()
    }
    view.end(disconnectedOutcome)
  } catch (error) {
    if (active.isClosed) view.end(stoppedOutcome(view.elapsedMs))
    else view.end(isProblem(error) ? refusedOutcome(error) : disconnectedOutcome)
  }
}
