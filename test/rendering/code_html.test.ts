import { describe, expect, test } from '@jest/globals'
import { codeHtml } from '../../src/rendering/code_html.ts'

function kindsIn(html: string): readonly (string | undefined)[] {
  return [...html.matchAll(/class="hljs-([\w-]+)/g)].map(([, kind]) => kind)
}

describe('codeHtml()', () => {
  test.each([
    {
      language: 'python',
      code: 'for x in [1]: # one',
      kinds: ['keyword', 'keyword', 'number', 'comment'],
    },
    { language: 'R', code: 'x <- "a"', kinds: ['operator', 'string'] },
    { language: 'julia', code: 'function f() 1 end', kinds: ['keyword', 'number', 'keyword'] },
    { language: 'C#', code: 'return 1;', kinds: ['keyword', 'number'] },
    { language: 'py', code: 'None', kinds: ['literal'] },
    {
      language: 'python',
      code: '%%bash\nif true; then ls; fi',
      kinds: expect.arrayContaining(['keyword']),
    },
    { language: 'python', code: '%%time\nx = "a"', kinds: ['string'] },
  ])('colours $code as $language', ({ language, code, kinds }) => {
    expect(kindsIn(codeHtml(code, language))).toEqual(kinds)
  })

  test.each([
    { name: 'an unknown language', language: 'brainf' },
    { name: 'no language', language: null },
    { name: 'the name of a property of objects', language: 'constructor' },
  ])('shows code in $name as text', ({ language }) => {
    expect(codeHtml('if <a> & "b"', language)).toBe('if &lt;a&gt; &amp; &quot;b&quot;')
  })

  test('keeps every character of code that is broken, and no markup of it', () => {
    const code = "x = f\"{<b>\n\t)))\u202e <script>alert(1)</script> '''"
    const html = codeHtml(code, 'python')
    const text = html.replaceAll(/<\/?span[^>]*>/g, '')
    expect(text).not.toMatch(/[<>\u202e]/)
    expect(text).toContain('&lt;script&gt;alert(')
  })

  test('shows very long code without colours', () => {
    expect(kindsIn(codeHtml('1\n'.repeat(30_000), 'python'))).toEqual([])
  })
})
