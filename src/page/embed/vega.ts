import embed, { vega, vegaLite } from 'vega-embed'
import { expressionInterpreter } from 'vega-interpreter'
import { drawAll } from './drawn.ts'

/** Expressions are interpreted, since the page's policy lets no text become a script. */
const isDark = matchMedia('(prefers-color-scheme: dark)').matches
const options = {
  ...(isDark && { theme: 'dark' as const }),
  ast: true,
  expr: expressionInterpreter,
  actions: { export: true, source: false, compiled: false, editor: false },
}

Object.assign(globalThis, { vega, vegaLite, vegaEmbed: embed }) // for scripts of an output

void drawAll('vega', async ({ target, value }) => {
  await embed(target, Object(value), options)
})
