import { messageOf } from '../errors.ts'
import type { MarkdownCell } from '../jupyter/markdown_cells.ts'
import type { MimeBundle } from '../jupyter/nbformat.ts'
import { multilineText } from '../jupyter/read_field.ts'
import { widgetsOf } from '../rendering/drawn_outputs.ts'
import {
  displayOf,
  imageKind,
  missingType,
  widgetType,
  type WidgetState,
} from '../rendering/mime_types.ts'
import { ColouredText } from './coloured_text.ts'
import { element } from './element.ts'
import { contentFrame } from './frame.ts'
import type { FrameContent } from './outputs.ts'
import { outputRenderers } from './scripts.ts'
import { colouredText } from './terminal_text.ts'

const maxCharacters = 100_000

/** Before a run has ended, nothing is known of its widgets. */
const noWidgets: WidgetState = {}

/**
 * Shows a display or a result as the page of a notebook does: an image and text here, anything else
 * in a frame, as soon as its renderer is loaded.
 */
export function richOutput(
  data: MimeBundle,
  title: string,
  widgets: WidgetState = noWidgets,
): HTMLElement {
  const display = displayOf(data, widgets)
  const content = multilineText(data[display.type]) ?? ''
  const shown = element('div', { class: 'paper' })
  switch (display.way) {
    case 'image':
      shown.append(image(display.type, content, { text: multilineText(data['text/plain']), title }))
      break
    case 'text':
      shown.append(textBlock(content, title))
      break
    case 'none':
      shown.append(textBlock(JSON.stringify(data[display.type], null, 2) ?? '', title))
      break
    default:
      void fillFrame(shown, { data, title, widgets }) // shows its own errors
      return shown
  }
  const missing = missingType(data, display)
  if (missing !== null) shown.append(element('p', { class: 'note cut' }, noteOf(missing, widgets)))
  return shown
}

/** Whether an output is a widget, which is shown in its last state when that is known. */
export function isWidget(data: MimeBundle): boolean {
  return data[widgetType] !== undefined
}

/** The state of the widgets in the text of a notebook. */
export function widgetsIn(notebook: string | null | undefined): WidgetState {
  return widgetsOf(Object(JSON.parse(notebook ?? '{}')))
}

function noteOf(type: string, widgets: WidgetState): string {
  if (type === widgetType && widgets === noWidgets)
    return 'A widget: its last state is shown when the run has ended'
  return `This page cannot show ${type} here; JupyterLab can`
}

interface Rich {
  readonly data: MimeBundle
  readonly title: string
  readonly widgets: WidgetState
}

async function fillFrame(place: HTMLElement, { data, title, widgets }: Rich): Promise<void> {
  const content = async () => (await outputRenderers()).outputContent(data, widgets)
  await fill(place, { title, content, text: multilineText(data['text/plain']) })
}

/** A Markdown cell as an item of the list of cells. */
export function markdownItem(cell: MarkdownCell): HTMLElement {
  const item = element('li', { class: 'markdown' })
  const content = async () => (await outputRenderers()).markdownContent(cell)
  void fill(item, { title: 'Text of the notebook', content, text: cell.source }) // never rejects
  return item
}

interface Fill {
  readonly title: string
  readonly content: () => Promise<FrameContent>
  /** Shown where that fails. */
  readonly text: string | null
}

async function fill(place: HTMLElement, { title, content, text }: Fill): Promise<void> {
  try {
    place.append(await contentFrame(await content(), title))
  } catch (error) {
    const reason = `It cannot be shown as it is meant. ${messageOf(error)}`
    place.append(element('p', { class: 'note cut' }, reason))
    if (text !== null) place.append(textBlock(text, title))
  }
}

export function textBlock(text: string, title: string, kind = ''): HTMLElement {
  const shown = colouredText(text)
  const isLong = shown.length > maxCharacters
  const note = `The first ${maxCharacters.toLocaleString('en')} characters of ${shown.length.toLocaleString('en')}`
  const block = element('pre', {
    class: `text ${kind}`,
    tabindex: '0',
    role: 'group',
    'aria-label': title,
  })
  block.append(...new ColouredText().nodesOf(isLong ? shown.slice(0, maxCharacters) : shown))
  return element('div', {}, block, isLong ? element('p', { class: 'note cut' }, note) : null)
}

function addressOf(type: string, content: string): string {
  if (type === 'image/svg+xml') return `data:${type},${encodeURIComponent(content)}`
  return `data:${type};base64,${content.replaceAll(/\s/g, '')}`
}

interface ImageNames {
  /** The output as plain text; null where it has none. */
  readonly text: string | null
  readonly title: string
}

/** An image, and the same as a file. */
function image(type: string, content: string, { text, title }: ImageNames): DocumentFragment {
  const address = addressOf(type, content)
  const kind = imageKind(type)
  const shown = element('img', { alt: text === null ? title : `${title}: ${text}` })
  shown.src = address
  const file = { href: address, download: `${title}.${kind}`, class: 'keep' }
  const both = new DocumentFragment()
  both.append(shown, element('a', file, `Download ${kind.toUpperCase()}`))
  return both
}
