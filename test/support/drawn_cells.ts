/** plotly and altair are not installed here: the cells publish what these packages would. */
export function publishes(type: string, value: string): string {
  return `from IPython.display import display\ndisplay({'${type}': ${value}, 'text/plain': 'in its place'}, raw=True)`
}

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
