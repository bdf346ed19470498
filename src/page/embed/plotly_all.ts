import Plotly from 'plotly.js-strict-dist-min'
import { drawPlots } from './plots.ts'

drawPlots(Plotly)
