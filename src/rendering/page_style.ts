import { codeStyle } from './code_html.ts'
import { terminalStyle } from './terminal_html.ts'

/**
 * The style of a notebook's page: light and dark, on a screen and on paper. The red of papermill's
 * banners is too light to be read on white, and too dark on black.
 */
export const pageStyle = `:root{color-scheme:light dark;--ground:light-dark(#fff,#16181c);--text:light-dark(#1b1f27,#e7e9ed);
--muted:light-dark(#596170,#a0a8b5);--sunken:light-dark(#f5f6f8,#1f2227);--line:light-dark(#e1e4ea,#30353d);
--bad:light-dark(#b8322a,#ff968c);font:15px/1.6 system-ui,sans-serif;color:var(--text);background:var(--ground)}
body{max-width:72rem;margin:2rem auto;padding:0 1.5rem}
section{margin:1rem 0}h1,h2,h3,h4{line-height:1.3}
img,svg{max-width:100%}img{background:#fff}
pre{margin:.4rem 0;font:13px/1.55 ui-monospace,Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
.source{padding:.6rem .9rem;background:var(--sunken);border-radius:6px}
.cell-number{margin:0;font-size:12px;color:var(--muted)}
.stderr{padding:.4rem .9rem;border-left:3px solid var(--line)}
.error{padding:.4rem .9rem;border-left:3px solid var(--bad)}
.outputs{overflow-x:auto}.html table,.markdown table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}
.markdown [style="color:red"]{color:var(--bad)!important}
th,td{padding:4px 12px;text-align:right;border:0}thead th{border-bottom:1px solid var(--muted)}
tbody tr:nth-child(odd){background:var(--sunken)}
.drawn{min-height:2rem;color-scheme:light;background:#fff;color:#1b1f27}
.drawn[data-kind=vega]{background:none}
.missing{padding:.4rem .9rem;font-size:13.5px;color:var(--muted);border:1px dashed var(--line)}
iframe{width:100%;height:320px;border:0;background:#fff;color-scheme:light}
.tools{display:flex;gap:1rem;justify-content:flex-end;align-items:center;font-size:13px}
.tools label{display:flex;gap:.4rem;align-items:center}
button{padding:.25rem .7rem;font:inherit;color:inherit;background:none;border:1px solid var(--muted);border-radius:6px;cursor:pointer}
.keep{display:block;margin:.3rem 0 .6rem;font-size:12px;color:var(--muted)}
:focus-visible{outline:2px solid currentColor;outline-offset:2px}
body:has(#code:not(:checked)) .code>.input{display:none}
section:has(>.outputs:empty){margin:.5rem 0}
@media print{:root{color-scheme:light}body{max-width:none;margin:0}.tools,.keep,.modebar,.vega-embed summary{display:none!important}
.input,img,.drawn,tr{break-inside:avoid}h1,h2,h3,h4{break-after:avoid}pre{overflow:visible}.outputs{overflow:visible}}
${terminalStyle}
${codeStyle}`
