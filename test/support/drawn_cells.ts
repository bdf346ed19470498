import { expect } from '@jest/globals'
import type { FrameLocator, Locator } from 'playwright-core'

/** plotly and altair are not installed here: the cells publish what these packages would. */
export function publishes(type: string, value: string): string {
  return `from IPython.display import display\ndisplay({'${type}': ${value}, 'text/plain': 'in its place'}, raw=True)`
}

/** A cell whose result is this HTML. */
export function showsHtml(html: string): string {
  return `from IPython.display import HTML\nHTML(${JSON.stringify(html)})`
}

/** In the way of plotly.py with `include_plotlyjs='cdn'`: the library is at another site. */
export const plotlyHtml = `<div><script src="https://cdn.plot.ly/plotly-4.1.1.min.js"></script>
<div id="bars"></div><script>Plotly.newPlot('bars', [{ type: 'bar', y: [1, 2] }], {})</script></div>`

/** In the way of Altair: a script loads three libraries, one after the other. */
export const vegaHtml = `<div id="bars"></div><script>
const load = (address) => new Promise((resolve, reject) => {
  const script = document.createElement('script')
  document.head.append(script)
  script.onload = resolve
  script.onerror = reject
  script.src = address
})
load('https://cdn.jsdelivr.net/npm/vega@6')
  .then(() => load('https://cdn.jsdelivr.net/npm/vega-lite@6'))
  .then(() => load('https://cdn.jsdelivr.net/npm/vega-embed@7'))
  .then(() => vegaEmbed('#bars', { mark: 'bar', data: { values: [{ a: 'A', b: 3 }] },
    encoding: { x: { field: 'a' }, y: { field: 'b', type: 'quantitative' } } }))</script>`

/** Needs other sites: by its markup, by a script, and by a frame with markup of its own. */
export const linkedHtml = `<p id="shown"></p><script src="https://static.test/a.js"></script>
<script>document.getElementById('shown').textContent = 'shown'; import('https://dynamic.test/b.js')</script>
<iframe srcdoc="&lt;script src=&quot;https://framed.test/c.js&quot;&gt;&lt;/script&gt;"></iframe>`

/** As high as its frame, until it draws something higher. */
export const fillingHtml = `<style>html, body { height: 100%; margin: 0 }</style><div></div><script>
setTimeout(() => { document.querySelector('div').innerHTML = '<div style="height: 600px"></div>' }, 100)</script>`

export const figure =
  "{'data': [{'type': 'bar', 'x': ['a', 'b'], 'y': [1, 2]}], 'layout': {'title': {'text': 'Bars'}}}"
export const surface = "{'data': [{'type': 'surface', 'z': [[1, 2], [3, 4]]}], 'layout': {}}"
export const chart = `{'$schema': 'https://vega.github.io/schema/vega-lite/v5.json', 'mark': 'bar',
 'data': {'values': [{'a': 'A', 'b': 3}, {'a': 'B', 'b': 5}]},
 'transform': [{'calculate': 'datum.b * 2', 'as': 'c'}],
 'encoding': {'x': {'field': 'a'}, 'y': {'field': 'c', 'type': 'quantitative'}}}`
export const slider = `import ipywidgets as w
s = w.IntSlider(value=3, description='Level')
w.VBox([s, w.FloatProgress(value=100, max=100, description='Done')])`
export const changed = 's.value = 8'

/** Waits until the three outputs above are drawn; `placeOf` is where the output of a cell is shown. */
export async function drawsHtml(placeOf: (index: number) => Locator | FrameLocator): Promise<void> {
  const [plotly, vega, linked] = [0, 1, 2].map((index) => placeOf(index).frameLocator('iframe'))
  await plotly?.locator('.bars .point').nth(1).waitFor()
  await vega?.locator('svg.marks .mark-rect path').waitFor()
  await linked?.locator('#shown', { hasText: 'shown' }).waitFor()
  await linked?.getByText('text/html that loads dynamic.test here').waitFor()
  const notes = await placeOf(2).locator('.missing').allTextContents()
  expect(notes.map((note) => /loads (\S+)/.exec(note)?.[1])).toEqual(['static.test', 'framed.test'])
}
