import { drawAll } from './drawn.ts'

/** What is used of plotly.js. */
export interface PlotlyLibrary {
  readonly Icons: { readonly camera: object }
  newPlot(target: HTMLElement, figure: object): Promise<unknown>
  downloadImage(plot: HTMLElement, options: object): Promise<unknown>
}

/** Draws plotly's figures, as wide as the page; they can be zoomed, and saved as an image. */
export function drawPlots(plotly: PlotlyLibrary): void {
  Object.assign(globalThis, { Plotly: plotly }) // for scripts of an output
  void drawAll('plotly', async ({ target, value }) => {
    const { data, layout, frames, config }: Readonly<Record<string, unknown>> = Object(value)
    const settings = {
      ...Object(config),
      responsive: true,
      displaylogo: false,
      modeBarButtonsToAdd: [svgButton(plotly)],
    }
    await plotly.newPlot(target, { data, layout, frames, config: settings })
  })
}

/** Beside plotly's own button, which gives a PNG. */
function svgButton(plotly: PlotlyLibrary) {
  const title = 'Download plot as SVG'
  const click = (plot: HTMLElement) => plotly.downloadImage(plot, { format: 'svg' })
  return { name: 'toSvg', title, icon: plotly.Icons.camera, click }
}
