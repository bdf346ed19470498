import { describe, expect, test } from '@jest/globals'
import { hasDrawnOutputs } from '../../src/rendering/drawn_outputs.ts'
import { hidesCode, hidesSomeCode } from '../../src/rendering/hidden_input.ts'
import { notebookPage } from '../../src/rendering/notebook_page.ts'

type Data = Readonly<Record<string, unknown>>

function displayed(data: Data) {
  return { output_type: 'display_data', data, metadata: {} }
}

function code(source: string, ...outputs: readonly object[]) {
  return { cell_type: 'code', metadata: {}, execution_count: 1, source, outputs }
}

function markdown(source: string, more: object = {}) {
  return { cell_type: 'markdown', metadata: {}, source, ...more }
}

function notebookWith(cells: readonly object[], widgets: Data = {}) {
  const state = { state: widgets, version_major: 2, version_minor: 0 }
  const metadata = { widgets: { 'application/vnd.jupyter.widget-state+json': state } }
  return { nbformat: 4, nbformat_minor: 4, metadata, cells }
}

async function pageOf(cells: readonly object[], options = {}, widgets: Data = {}) {
  const shared = { name: 'report', hidesInput: false, maskPage: (html: string) => html }
  return await notebookPage(notebookWith(cells, widgets), { ...shared, ...options })
}

/** The body without the scripts of libraries. */
async function bodyOf(cells: readonly object[], options = {}) {
  const { html } = await pageOf(cells, options)
  return html.slice(html.indexOf('<main>'), html.indexOf('</main>'))
}

const plotly = { 'application/vnd.plotly.v1+json': { data: [{ type: 'bar', y: [1, 2] }] } }

function masked(html: string): string {
  return html.replaceAll('secret', '[redacted]')
}

describe('notebookPage()', () => {
  test.each([
    {
      name: 'Markdown',
      cell: markdown('**bold** <b>html</b>'),
      part: '<strong>bold</strong> <b>html</b>',
    },
    {
      name: 'LaTeX in Markdown as MathML',
      cell: markdown('so $x^2$'),
      part: '<msup><mi>x</mi><mn>2</mn></msup>',
    },
    {
      name: 'LaTeX of an output as MathML',
      cell: code('1', displayed({ 'text/latex': String.raw`$$\frac{1}{2}$$`, 'text/plain': 'x' })),
      part: '<mfrac>',
    },
    {
      name: 'the colours of a terminal',
      cell: code('1', {
        output_type: 'stream',
        name: 'stdout',
        text: '\u001b[31mred\u001b[0m <b>',
      }),
      part: '<span class="ansi-red-fg">red</span> &lt;b&gt;',
    },
    {
      name: 'what a progress bar left in the end',
      cell: code('1', { output_type: 'stream', name: 'stderr', text: '\r 10%\r100%\n' }),
      part: '<pre class="stderr" tabindex="0">100%\n</pre>',
    },
    {
      name: 'a line behind whose end a colour was reset',
      cell: code('1', { output_type: 'stream', name: 'stderr', text: '100%\r\u001b[0m\n' }),
      part: '<pre class="stderr" tabindex="0">100%\n</pre>',
    },
    {
      name: 'a table in the page itself',
      cell: code(
        '1',
        displayed({
          'text/html':
            '<style scoped>a{}</style><table class="dataframe"><tr><td>1</td></tr></table>',
        }),
      ),
      part: '<div class="html"><table class="dataframe"><tr><td>1</td></tr></table></div>',
    },
    {
      name: 'an SVG image, whose scripts do not run in an image',
      cell: code('1', displayed({ 'image/svg+xml': '<svg><script>1</script></svg>' })),
      part: '<img src="data:image/svg+xml,%3Csvg%3E',
    },
    {
      name: 'an attached image',
      cell: markdown('![a](attachment:a.png)', {
        attachments: { 'a.png': { 'image/png': 'aGk=' } },
      }),
      part: '<img src="data:image/png;base64,aGk=" alt="a" />',
    },
    {
      name: 'a cell by its number in the source notebook',
      cell: code('1/0'),
      part: '<p class="cell-number">Cell 0</p>',
    },
  ])('shows $name', async ({ cell, part }) => {
    expect(await bodyOf([cell])).toContain(part)
  })

  test.each([
    { name: 'a script', html: '<script>alert(1)</script>' },
    { name: 'an event handler', html: '<img src=x onerror=alert(1)>' },
    { name: 'a link that is a script', html: '<a href="javascript:alert(1)">x</a>' },
    { name: 'a style that loads', html: '<p style="background:url(https://x.test)">x</p>' },
    { name: 'an image of another site', html: '<img src="https://x.test/a.png">' },
    { name: 'a frame', html: '<iframe src="https://x.test"></iframe>' },
    { name: 'a base address', html: '<base href="https://x.test">' },
  ])('leaves $name out of Markdown', async ({ html }) => {
    const body = await bodyOf([markdown(html)])
    expect(body).not.toMatch(/alert|x\.test/)
  })

  test('puts HTML with scripts into a frame with an opaque origin', async () => {
    const body = await bodyOf([
      code('1', displayed({ 'text/html': '<p id="a"></p><script>f("x")</script>' })),
    ])
    expect(body).toContain('<iframe sandbox="allow-scripts" title="Output" srcdoc="')
    expect(body).toContain('&lt;script&gt;f(&quot;x&quot;)&lt;/script&gt;')
    expect(body).not.toContain('<script>f(')
  })

  test('forbids the network, and scripts but its own', async () => {
    const { html } = await pageOf([markdown('# Sales, *per region*')])
    expect(html).toMatch(/default-src 'none'; script-src(?: 'sha256-[\w+/=]+'){2}; style-src /)
    expect(html).toContain('<title>Sales, per region</title>')
    const drawn = await pageOf([code('1', displayed(plotly))])
    expect(drawn.html).toMatch(/script-src(?: 'sha256-[\w+/=]+'){3}; style-src/)
    expect(drawn.html).not.toMatch(/script-src [^;]*unsafe/)
  })

  test('has the libraries that it needs, and no others', async () => {
    const plain = await pageOf([code('1')])
    const drawn = await pageOf([code('1', displayed(plotly))])
    const vega = await pageOf([code('1', displayed({ 'application/vnd.vegalite.v5+json': {} }))])
    expect(plain.html.length).toBeLessThan(10_000)
    expect(drawn.html.length).toBeLessThan(1_700_000)
    expect(vega.html.length).toBeLessThan(1_000_000)
  })

  test('keeps data from ending its element', async () => {
    const data = {
      'application/vnd.plotly.v1+json': { data: [], layout: { title: '</script><b>' } },
    }
    expect(await bodyOf([code('1', displayed(data))])).toContain(String.raw`\u003c/script>\u003cb>`)
  })

  test('leaves out the code, not the outputs, with --no-input', async () => {
    const output = { output_type: 'stream', name: 'stdout', text: 'shown' }
    const body = await bodyOf([code('hidden()', output)], { hidesInput: true })
    expect([body.includes('hidden'), body.includes('shown')]).toEqual([false, true])
  })

  test.each(['remove_input', 'remove-input'])(
    'leaves out the code of a cell tagged %s',
    async (tag) => {
      const output = { output_type: 'stream', name: 'stdout', text: 'shown' }
      const cells = [{ ...code('hidden()', output), metadata: { tags: [tag] } }, code('visible()')]
      const body = await bodyOf(cells)
      expect(['hidden()', 'shown', 'visible()'].map((text) => body.includes(text))).toEqual([
        false,
        true,
        true,
      ])
      expect([hidesSomeCode({ cells }), hidesCode({ cells })]).toEqual([true, false])
    },
  )

  test('hides all code where every cell of the author does', () => {
    const hidden = { ...code('1'), metadata: { jupyter: { source_hidden: true } } }
    const injected = { ...code('day = 1'), metadata: { tags: ['injected-parameters'] } }
    expect(hidesCode({ cells: [injected, hidden, markdown('# Text')] })).toBe(true)
    expect(hidesCode({ cells: [injected, hidden, code('2')] })).toBe(false)
    expect(hidesSomeCode({ cells: [injected], metadata: {} })).toBe(false)
    expect(hidesSomeCode({ cells: [], metadata: { hide_input: true } })).toBe(true)
  })

  test.each([
    { name: 'hidden by JupyterLab', metadata: { jupyter: { source_hidden: true } } },
    { name: 'hidden by an extension', metadata: { hide_input: true } },
    { name: 'with the tag hide-input', metadata: { tags: ['hide-input'] } },
  ])('folds the code of a cell $name', async ({ metadata }) => {
    const body = await bodyOf([{ ...code('1'), metadata }])
    expect(body).toContain('<details><summary class="cell-number">Cell 0</summary><pre')
  })

  test.each([
    { name: 'on', more: {}, cells: [code('1')], part: 'role="switch" checked> Code' },
    { name: 'off', more: { hide_input: true }, cells: [code('1')], part: 'role="switch"> Code' },
  ])('has a switch for the code, which is $name', async ({ more, cells, part }) => {
    const notebook = notebookWith(cells)
    const content = { ...notebook, metadata: { ...notebook.metadata, ...more } }
    const options = { name: 'report', hidesInput: false, maskPage: masked }
    expect((await notebookPage(content, options)).html).toContain(part)
  })

  test('has no switch without code', async () => {
    const cells = [code('1'), markdown('<div class="input">text</div>')]
    expect((await pageOf(cells, { hidesInput: true })).html).not.toContain('role="switch"')
  })

  test.each([
    { type: 'application/vnd.bokehjs_exec.v0+json', value: '' },
    { type: 'application/javascript', value: 'alert(1)' },
    { type: 'application/vnd.jupyter.widget-view+json', value: { model_id: 'gone' } },
  ])('says that it cannot show $type', async ({ type, value }) => {
    const data = { [type]: value, 'text/plain': '<in its place>' }
    const { html, missing } = await pageOf([code('1', displayed(data))])
    expect(missing).toEqual([type])
    expect(html).toContain(`This page cannot show ${type} here; JupyterLab can.`)
    expect(html).toContain('&lt;in its place&gt;')
    expect(html).not.toContain('alert')
  })

  test('shows code, and that in Markdown, with its syntax in colours', async () => {
    const cells = [code('import a'), markdown('```python\nimport b\n```')]
    const content = { ...notebookWith(cells), metadata: { language_info: { name: 'python' } } }
    const options = { name: 'report', hidesInput: false, maskPage: masked }
    const { html } = await notebookPage(content, options)
    for (const name of ['a', 'b'])
      expect(html).toContain(`<span class="hljs-keyword">import</span> ${name}`)
    expect(html).toContain('.hljs-keyword')
  })

  test('masks code before colours divide it', async () => {
    const metadata = { language_info: { name: 'python' } }
    const cells = [{ ...code(''), source: ['x = f"a{1 if', ' secret else 2}"'] }]
    const options = {
      name: 'report',
      hidesInput: false,
      maskPage: (html: string) => html.replaceAll('if secret else', '[redacted]'),
    }
    const { html } = await notebookPage({ ...notebookWith(cells), metadata }, options)
    expect(html).not.toContain('secret')
  })

  test('masks what only the page shows as one, and leaves its libraries alone', async () => {
    const { html } = await pageOf([markdown('# A secret'), code('1', displayed(plotly))], {
      maskPage: masked,
    })
    expect(html).toContain('<h1>A [redacted]</h1>')
    expect(html).toContain('<title>A [redacted]</title>')
  })
})

describe('hasDrawnOutputs()', () => {
  const widget = displayed({ 'application/vnd.jupyter.widget-view+json': { model_id: 'a' } })
  const box = { model_module: '@jupyter-widgets/controls', state: { children: ['IPY_MODEL_b'] } }

  test.each([
    { name: 'plotly', cells: [code('1', displayed(plotly))], widgets: {}, drawn: true },
    {
      name: 'an image',
      cells: [code('1', displayed({ 'image/png': 'x' }))],
      widgets: {},
      drawn: false,
    },
    {
      name: 'a widget without its state',
      cells: [code('1', widget)],
      widgets: { a: box },
      drawn: false,
    },
    {
      name: 'a widget of another package',
      cells: [code('1', widget)],
      widgets: { a: box, b: { model_module: 'ipyleaflet', state: {} } },
      drawn: false,
    },
    {
      name: 'a widget of ipywidgets',
      cells: [code('1', widget)],
      widgets: { a: box, b: { model_module: '@jupyter-widgets/base', state: {} } },
      drawn: true,
    },
  ])('is $drawn for $name', ({ cells, widgets, drawn }) => {
    expect(hasDrawnOutputs(notebookWith(cells, widgets))).toBe(drawn)
  })
})
