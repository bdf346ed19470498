import { describe, expect, test } from '@jest/globals'
import { pageFile } from '../../src/http/page.ts'

describe('pageFile()', () => {
  test('has the page, and everything that it loads', () => {
    const loaded = new Set<string>()
    for (const path of pathsIn(textOf('/'), '/')) load(path, loaded)
    expect(loaded.size).toBeGreaterThan(20)
    expect([...loaded].filter((path) => pageFile(path) === null)).toEqual([])
  })

  test('loads nothing from elsewhere, and holds no script or handler of its own', () => {
    const html = textOf('/')
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|javascript:/i)
  })

  test.each(['/page', '/page/', '/page/../function.js', '/page/cli.js', '/page/page/api.js.map'])(
    'has no %s',
    (path) => expect(pageFile(path)).toBeNull(),
  )

  test('lets the page reach nothing but its own function, and run nothing but its own script', () => {
    const policy = pageFile('/')?.headers['Content-Security-Policy']
    expect(policy).toContain("default-src 'none'; script-src 'self'; ")
    expect(policy).toContain("connect-src 'self'; img-src data:; ")
    expect(policy).toContain("frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
  })
})

function textOf(path: string): string {
  return pageFile(path)?.body.toString() ?? ''
}

/** Follows imports as a browser does. */
function load(path: string, loaded: Set<string>): void {
  if (loaded.has(path)) return
  loaded.add(path)
  for (const next of pathsIn(textOf(path), path)) load(next, loaded)
}

function pathsIn(text: string, base: string): readonly string[] {
  const named = /(?:from '|<script[^>]* src="|rel="stylesheet" href=")([^'"]+)/g
  return [...text.matchAll(named)].map(([, path = '']) => {
    return new URL(path, `http://here${base}`).pathname
  })
}
