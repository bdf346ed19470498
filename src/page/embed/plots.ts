import { drawAll } from './drawn.ts'

/** What is used of plotly.js. */
export interface PlotlyLibrary {
  newPlot(target: HTMLElement, figure: object): Promise<unknown>
}

/** Draws plotly's figures, as wide as the page; they can be zoomed, and saved as an image. */
export function drawPlots(plotly: PlotlyLibrary): void {
  void drawAll('plotly', async ({ target, value }) => {
    const { data, layout, frames, config }: Readonly<Record<string, unknown>> = Object(value)
    const settings = { ...Object(config), responsive: true, displaylogo: false }
    await plotly.newPlot(target, { data, layout, frames, config: settings })
  })
}
