import { describe, expect, test } from '@jest/globals'
import { sourcesOf } from '../../src/rendering/html_sources.ts'
import { plotlyHtml, vegaHtml } from '../support/drawn_cells.ts'
import { maxLinearScaling, scalingOf } from '../support/scaling.ts'

describe('sourcesOf()', () => {
  test.each([
    { name: 'plotly from another site', html: plotlyHtml, library: 'plotly_all' },
    { name: "Altair's chart", html: vegaHtml, library: 'vega' },
    {
      name: 'plotly of an earlier output',
      html: '<script src="https://cdnjs.test/mathjax/tex-svg.js"></script><script>require(["plotly"], (Plotly) => { Plotly.newPlot("a", []) })</script>',
      library: 'plotly_all',
    },
  ])('finds $name, and nothing else', ({ html, library }) => {
    expect(sourcesOf(html)).toMatchObject({ libraries: [library], absent: [] })
  })

  test('needs no library for HTML that has it inside', () => {
    const html =
      '<script>/* plotly.js v4.1.1 */ Plotly = {}</script><script>Plotly.newPlot()</script>'
    expect(sourcesOf(html)).toEqual({ libraries: [], replaced: '', absent: [] })
  })

  test.each([
    { html: '<script src=https://cdn.test/a.js></script>', absent: ['cdn.test'] },
    { html: "<script async src='//cdn.test:8080/a.js'>", absent: ['cdn.test:8080'] },
    { html: '<script src="lib/a.js"></script>', absent: ['lib/a.js'] },
    { html: '<iframe src="https://video.test/x"></iframe>', absent: ['video.test'] },
    {
      html: '<iframe srcdoc="&lt;script src=&quot;https://map.test/a.js&quot;&gt;"></iframe>',
      absent: ['map.test'],
    },
    { html: '<script src="data:text/javascript,1"></script>', absent: [] },
    { html: '<script>const tag = `<script src="https://not.test/a.js">`</script>', absent: [] },
    { html: '<img src="https://not.test/a.png"><a href="https://not.test">x</a>', absent: [] },
  ])('finds $absent in $html', ({ html, absent }) => {
    expect(sourcesOf(html).absent).toEqual(absent)
  })

  test.each([
    { name: 'scripts without an end', part: '<script>' },
    { name: 'addresses', part: 'https://vegaEmbed/' },
    { name: 'frames in frames', part: '<iframe srcdoc="<iframe srcdoc=\'<iframe>\'>">' },
  ])('takes time in proportion to its length with many $name', ({ part }) => {
    const work = (size: number) => sourcesOf(part.repeat(size / part.length))
    expect(scalingOf(work)).toBeLessThan(maxLinearScaling)
  })
})
