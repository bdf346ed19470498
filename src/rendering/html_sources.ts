import { Parser } from 'htmlparser2'
import type { Library } from './mime_types.ts'

/** What the scripts and frames in the HTML of an output need, besides the HTML itself. */
export interface HtmlSources {
  /** Libraries that pages have, in place of the same ones at other sites. */
  readonly libraries: readonly Library[]
  /** What in addresses of scripts stands for these libraries, as a regular expression; or empty. */
  readonly replaced: string
  /** Hosts, or paths beside the notebook, from which it loads something else: a page does not. */
  readonly absent: readonly string[]
}

interface Replaceable {
  readonly library: Library
  readonly addresses: string
  isUsedBy(html: string): boolean
}

const replaceable: readonly Replaceable[] = [
  {
    // Which of the two builds it needs cannot be known. MathJax is for formulas in titles.
    library: 'plotly_all',
    addresses: String.raw`/plotly[^/]*$|/require(?:\.min)?\.js|/mathjax`,
    isUsedBy: (html) => /\bPlotly\.(?:newPlot|react)\b/.test(html) && !bundledPlotly.test(html),
  },
  {
    library: 'vega',
    addresses: String.raw`/vega(?:-lite|-embed|-lib)?(?:@|\.|/|$)`,
    isUsedBy: (html) => /\bvegaEmbed\b/.test(html) && linkedVega.test(html),
  },
]

/** The banner of plotly.js, where the HTML has it inside. */
const bundledPlotly = /\bplotly\.js v\d/
const linkedVega = /https?:\/\/[^"'`\s]{1,200}\/vega-embed\b/

export function sourcesOf(html: string): HtmlSources {
  const used = replaceable.filter((each) => each.isUsedBy(html))
  const replaced = used.map(({ addresses }) => addresses).join('|')
  const isReplaced = (address: string) => replaced !== '' && new RegExp(replaced, 'i').test(address)
  const other = addressesIn(html).filter((address) => !isReplaced(address))
  return {
    libraries: used.map(({ library }) => library),
    replaced,
    absent: [...new Set(other.flatMap(nameOf))].slice(0, maxNames),
  }
}

const maxNames = 5
/** Of frames in frames. */
const maxDepth = 3

/** The addresses of scripts and frames, those in frames with their own HTML too. */
function addressesIn(html: string, depth = 1): readonly string[] {
  const found: string[] = []
  const parser = new Parser({
    onopentag(tag, { src, srcdoc }) {
      if (tag !== 'script' && tag !== 'iframe') return
      if (tag === 'iframe' && srcdoc !== undefined) {
        if (depth < maxDepth) found.push(...addressesIn(srcdoc, depth + 1))
      } else if (src !== undefined) found.push(src)
    },
  })
  parser.end(html)
  return found
}

/** In place of the page's address, which is not known. */
const base = 'https://page.invalid/'

/** The host of an address, or the path of one without; nothing for what is in the address itself. */
function nameOf(address: string): readonly string[] {
  const url = URL.canParse(address, base) ? new URL(address, base) : null
  if (url === null || !/^https?:$/.test(url.protocol)) return []
  const isBeside = url.origin === new URL(base).origin
  return [isBeside ? url.pathname.slice(1, 100) : url.host]
}
