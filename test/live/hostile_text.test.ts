import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { command, type Ended } from '../support/command.ts'
import { hostileTexts, isForged, unsafeIn } from '../support/hostile_texts.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { Opened } from '../support/opened.ts'

/** NUL cannot stand in an argument of a program. */
const everything = Object.values(hostileTexts).join(' ').replaceAll('\0', '')

describe('the command shows hostile text as plain text', () => {
  const opened = new Opened()
  let server: JupyterServer

  beforeAll(async () => {
    server = opened.use(await JupyterServer.start())
  })
  afterAll(() => opened[Symbol.asyncDispose]())

  async function shown(...args: readonly string[]): Promise<Ended> {
    const ended = await command([server.host, ...args], { JUPYTER_TOKEN: server.token })
    expect(unsafeIn(ended.stdout + ended.stderr)).toEqual([])
    expect(isForged(ended.stdout + ended.stderr)).toBe(false)
    return ended
  }

  test('in its result, its report and its warnings', async () => {
    const source = `from IPython.display import HTML\nHTML(${JSON.stringify(everything)})`
    const metadata = { tags: ['parameters'] }
    const cells = [{ type: 'code', source: 'a = 1', metadata } as const, source]
    await server.writeNotebook('hostile.ipynb', cells)
    for (const flags of [[], ['--json'], ['--verbose']]) {
      const args = ['/hostile.ipynb', '-k', everything, ...flags]
      expect((await shown(...args)).status).not.toBe(0)
      const { status, stdout } = await shown('/hostile.ipynb', '-y', 'b: 1', ...flags)
      expect(status).toBe(0)
      expect(stdout).toContain('\\u202e')
      const result = Object(JSON.parse(stdout))
      const { data } = flags.includes('--json') ? result.result : result
      expect(data['text/html']).toBe(everything)
    }
  })

  test('in the output of --help-notebook', async () => {
    const source = `a = ${JSON.stringify('x')} # ${everything.replaceAll(/[\n\r]/g, ' ')}`
    const metadata = { tags: ['parameters'] }
    await server.writeNotebook('help.ipynb', [{ type: 'code', source, metadata }])
    expect((await shown('/help.ipynb', '--help-notebook')).status).toBe(0)
    const { status, stderr } = await shown(`/${everything}.ipynb`, '--help-notebook')
    expect(status).not.toBe(0)
    expect(stderr).not.toBe('')
  })

  test('in the findings of the doctor', async () => {
    for (const flags of [[], ['--json']]) {
      const args = ['doctor', server.host, `/${everything}.ipynb`, '-k', everything, ...flags]
      const ended = await command(args, { JUPYTER_TOKEN: server.token })
      expect(unsafeIn(ended.stdout + ended.stderr)).toEqual([])
      expect(ended.stdout + ended.stderr).not.toBe('')
    }
  })
})
