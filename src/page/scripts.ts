import type { Library } from '../rendering/mime_types.ts'
import { elementScript } from '../rendering/page_scripts.ts'
import { Problem } from './problem.ts'

/** The renderers of outputs, loaded at the first call. */
export function outputRenderers(): Promise<typeof import('./outputs.ts')> {
  renderers ??= loadRenderers()
  return renderers
}

let renderers: ReturnType<typeof loadRenderers> | null = null

async function loadRenderers(): Promise<typeof import('./outputs.ts')> {
  const loaded: typeof import('./outputs.ts') = await import(addressOf('outputs').href)
  return loaded
}

/** A script as the text of an element, which a frame has inside it: frames load nothing. */
export function embeddedScript(name: Library | 'report'): Promise<string> {
  return loadText(name, elementScript)
}

export function widgetStyle(): Promise<string> {
  return loadText('widgetsStyle')
}

/** Loaded and prepared once; a failed load is tried again with the next output. */
const texts = new Map<string, Promise<string>>()

function loadText(name: string, prepare = (text: string) => text): Promise<string> {
  const known = texts.get(name)
  if (known !== undefined) return known
  const text = fetchText(addressOf(name)).then(prepare)
  texts.set(name, text)
  text.catch(() => texts.delete(name))
  return text
}

async function fetchText(address: URL): Promise<string> {
  const response = await fetch(address)
  if (!response.ok) throw new Problem(response.status, null, `Cannot load ${address.pathname}`)
  return await response.text()
}

/** The document that frames show content in. */
export function frameAddress(): URL {
  return addressOf('frame')
}

/** The address with the version of the file in it, as the document names it. */
function addressOf(name: string): URL {
  const main = document.querySelector<HTMLElement>('script[data-outputs]')
  return new URL(main?.dataset[name] ?? '', document.baseURI)
}
