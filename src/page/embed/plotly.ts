import Plotly from 'plotly.js-cartesian-dist-min'
import { drawPlots } from './plots.ts'

drawPlots(Plotly)
