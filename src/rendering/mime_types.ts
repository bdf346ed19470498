import type { MimeBundle } from '../jupyter/nbformat.ts'
import { multilineText } from '../jupyter/read_field.ts'
import { isRecord } from '../util/record.ts'

/** A library that draws in the browser, by the name of its file in `build/bundle/embed`. */
export type Library = 'plotly' | 'plotly_all' | 'vega' | 'widgets'

/** plotly's complete build has all that the small one has. */
export function librariesToLoad(needed: ReadonlySet<Library>): readonly Library[] {
  return [...needed].filter((name) => name !== 'plotly' || !needed.has('plotly_all'))
}

/** How an output is shown; "script" by a library, "none" by no page at all. */
export type Display =
  | { readonly way: 'script'; readonly library: Library; readonly type: string }
  | { readonly way: 'html' | 'markdown' | 'latex' | 'image' | 'text'; readonly type: string }
  | { readonly way: 'none'; readonly type: string }

/** The name of an image's type, as files end with it: "png" of "image/png", "svg" of "image/svg+xml". */
export function imageKind(type: string): string {
  return type.slice('image/'.length).replace(/\+.*/, '')
}

/** The state of a notebook's widgets, in its metadata. */
export type WidgetState = Readonly<Record<string, unknown>>

/** The richest form of an output that a page can show, in the order of JupyterLab. */
export function displayOf(data: MimeBundle, widgets: WidgetState): Display {
  const types = Object.keys(data)
  for (const type of types) {
    const library = libraryFor(type, data[type], widgets)
    if (library !== null) return { way: 'script', library, type }
  }
  const [way, type] = ways.find(([, each]) => multilineText(data[each]) !== null) ?? []
  if (way !== undefined && type !== undefined) return { way, type }
  return { way: 'none', type: types[0] ?? 'no type' }
}

const ways = [
  ['html', 'text/html'],
  ['image', 'image/svg+xml'],
  ['image', 'image/png'],
  ['image', 'image/jpeg'],
  ['image', 'image/gif'],
  ['image', 'image/webp'],
  ['markdown', 'text/markdown'],
  ['latex', 'text/latex'],
  ['text', 'text/plain'],
] as const

/** What an output without anything to show it is for, instead of being shown. */
const silent = /^application\/(?:vnd\.bokehjs_load\.|vnd\.holoviews_load\.)/

/** The type that JupyterLab would show and this page cannot; null where it shows the richest one. */
export function missingType(data: MimeBundle, display: Display): string | null {
  if (display.way === 'script') return null
  const rich = Object.keys(data).find((type) => needsExtension(type) && !silent.test(type))
  return rich ?? (display.way === 'none' && !silent.test(display.type) ? display.type : null)
}

function needsExtension(type: string): boolean {
  const isWidget = type === widgetType
  return isWidget || /^application\/(?:vnd\.(?!dataresource)|javascript|geo\+json)/.test(type)
}

export const widgetType = 'application/vnd.jupyter.widget-view+json'
const plotlyType = 'application/vnd.plotly.v1+json'
const vegaType = /^application\/vnd\.vega(?:lite\.v[2-6]|\.v[3-6])\+json$/

function libraryFor(type: string, value: unknown, widgets: WidgetState): Library | null {
  if (!isRecord(value)) return null
  if (type === plotlyType) return isUsualChart(value['data']) ? 'plotly' : 'plotly_all'
  if (vegaType.test(type)) return 'vega'
  if (type === widgetType && isKnownWidget(value['model_id'], widgets)) return 'widgets'
  return null
}

/** The charts of plotly's small build; the other ones need one of three times the size. */
const usualTraces =
  /^(?:scatter|bar|pie|box|heatmap|histogram|histogram2d|histogram2dcontour|contour|violin|image|scatterternary)$/

function isUsualChart(traces: unknown): boolean {
  if (!Array.isArray(traces)) return true
  return traces.every((trace: unknown) => {
    const type = isRecord(trace) ? (trace['type'] ?? 'scatter') : 'scatter'
    return typeof type === 'string' && usualTraces.test(type)
  })
}

const knownModules = /^@jupyter-widgets\/(?:base|controls|output)$/

/** Whether the state has this widget and its children, all of the packages that ipywidgets brings. */
function isKnownWidget(id: unknown, widgets: WidgetState): boolean {
  const seen = new Set<string>()
  const open = [String(id)]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    const model = widgets[next]
    if (!isRecord(model) || !knownModules.test(String(model['model_module']))) return false
    open.push(...childrenIn(model['state']))
  }
  return true
}

/** The ids of models to which a state refers, as "IPY_MODEL_...". */
function childrenIn(state: unknown): readonly string[] {
  if (!isRecord(state)) return []
  const values = Object.values(state).flatMap((value: unknown) => value)
  return values.flatMap((value) => {
    const [, id] = typeof value === 'string' ? (/^IPY_MODEL_(.+)$/.exec(value) ?? []) : []
    return id ?? []
  })
}
