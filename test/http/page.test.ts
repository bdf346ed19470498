import { parse } from '@babel/parser'
import { describe, expect, test } from '@jest/globals'
import { pageFile, versionOf } from '../../src/http/page.ts'

describe('pageFile()', () => {
  test('has the page, and the one script and style sheet that it loads', () => {
    const loaded = pathsIn(textOf('/'))
    expect(loaded.toSorted()).toEqual(['/page/main.js', '/page/page.css'])
    for (const path of loaded) expect(textOf(path).length).toBeGreaterThan(1000)
    expect(addressesImportedBy(textOf('/page/main.js'))).toEqual([])
  })

  test('has the version of each file in its address, which a browser then keeps', async () => {
    const later = ['frame.html', 'outputs.js', 'embed/plotly.js', 'embed/widgets.css']
    for (const name of ['main.js', 'page.css', ...later]) {
      const version = pageFile(`/page/${name}`)?.version ?? ''
      expect(version).toMatch(/^[0-9a-f]{16}$/)
      expect(textOf('/')).toContain(`page/${name}?v=${version}"`)
    }
  })

  test('has another version when other headers are sent', () => {
    const { headers, body, version } = pageFile('/page/frame.html') ?? {
      headers: {},
      body: Buffer.of(),
    }
    expect(versionOf(headers, body)).toBe(version)
    const looser = { ...headers, 'Content-Security-Policy': 'sandbox allow-scripts' }
    expect(versionOf(looser, body)).not.toBe(version)
  })

  test('loads nothing from elsewhere, and holds no script or handler of its own', () => {
    const html = textOf('/')
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|javascript:/i)
  })

  test.each([
    '/page',
    '/page/',
    '/page/../function.js',
    '/page/cli.js',
    '/page/main.js.map',
    '/page/index.html',
  ])('has no %s', (path) => expect(pageFile(path)).toBeNull())

  test('lets the page reach nothing but its own function, and run nothing but its own script', () => {
    const policy = pageFile('/')?.headers['Content-Security-Policy']
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src ")
    expect(policy).toContain("require-trusted-types-for 'script'; trusted-types 'none'")
    expect(policy).toContain("connect-src 'self'; img-src data: blob:; ")
    expect(policy).toContain(
      "frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    )
  })

  test('lets a frame run scripts without an origin, and reach nothing', () => {
    const policy = pageFile('/page/frame.html')?.headers['Content-Security-Policy']
    expect(policy).toMatch(
      /^sandbox allow-scripts allow-downloads allow-modals; default-src 'none'; /,
    )
    expect(policy).toContain("webrtc 'block'")
    expect(policy).not.toMatch(/same-origin|connect-src|frame-src|https?:/)
    expect(textOf('/page/frame.html')).not.toMatch(/ src=/)
  })
})

/** Of other scripts, as literals; an address that is computed has the version of its file. */
function addressesImportedBy(code: string): readonly string[] {
  const tokens = parse(code, { sourceType: 'module', tokens: true }).tokens ?? []
  const words = tokens.map(({ type, value }) => String(value ?? type.label))
  return words.filter((_, index) => {
    const before = words.slice(Math.max(0, index - 2), index).join('')
    return tokens[index]?.type.label === 'string' && /(?:import\(?|from)$/.test(before)
  })
}

function textOf(path: string): string {
  return pageFile(path)?.body.toString() ?? ''
}

function pathsIn(html: string): readonly string[] {
  const named = /(?:<script[^>]* src="|rel="stylesheet" href=")([^"]+)/g
  return [...html.matchAll(named)].map(([, path = '']) => new URL(path, 'http://here/').pathname)
}
