import { librariesToLoad, type Library } from './mime_types.ts'
import type { PageNeeds } from './output_html.ts'
import type { PageScript } from './page_document.ts'
import { frameScript, heightScript } from './page_scripts.ts'

/** The scripts of a page: those that each has, and the libraries that its outputs need. */
export async function neededScripts(
  { libraries, frameLibraries, hasFrames }: ScriptNeeds,
  load: (name: Library | 'report') => Promise<string>,
): Promise<readonly PageScript[]> {
  const names = librariesToLoad(new Set([...libraries, ...frameLibraries]))
  const draws = (name: Library) =>
    libraries.has(name) || (name === 'plotly_all' && libraries.has('plotly'))
  const own = [heightScript, await load('report')]
  const loaded = await Promise.all(
    names.map(async (name) => ({ text: await load(name), library: name, isLent: !draws(name) })),
  )
  const first = hasFrames ? [{ text: frameScript, isFirst: true }] : []
  return [...first, ...own.map((text) => ({ text })), ...loaded]
}

export type ScriptNeeds = Pick<PageNeeds, 'libraries' | 'frameLibraries' | 'hasFrames'>
