declare module 'plotly.js-cartesian-dist-min' {
  const plotly: import('./plots.ts').PlotlyLibrary
  export default plotly
}

declare module 'plotly.js-strict-dist-min' {
  const plotly: import('./plots.ts').PlotlyLibrary
  export default plotly
}
