import { describe, expect, test } from '@jest/globals'
import { RunError } from '../../src/errors.ts'
import { parseMessage } from '../../src/pubsub/parse_message.ts'
import { noOptions, type RunOptions } from '../../src/request/run_options.ts'
import { errorTextOf } from '../request/error_text_of.ts'

const chained = {
  JUPYTER_SERVER: 'host',
  NBTRIGGER_NEXT: '/second.ipynb -r after {notebook}',
}
const report = {
  event: 'run_finished',
  outcome: 'succeeded',
  runId: 'r-1',
  notebook: '/first.ipynb',
  result: { data: { 'text/plain': '15' } },
  outputs: [],
}

const published = '2026-03-01T12:00:00Z'

function parsed(
  content: unknown,
  env = {},
  chain: string | null = null,
  now = Date.parse(published),
) {
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  const data = Buffer.from(text).toString('base64')
  const message = {
    data,
    messageId: '1',
    publishedAt: published,
    traceparent: null,
    project: null,
    isUnwrapped: false,
  }
  return parseMessage({ ...message, chain }, env, now)
}

function optionsOf(content: unknown, env = {}): RunOptions {
  const message = parsed(content, env)
  if (message.type === 'skipped') throw new Error(message.reason)
  if (message.options instanceof RunError) throw message.options
  return message.options
}

describe('parseMessage()', () => {
  test('parses arguments', () => {
    expect(optionsOf('host /a.ipynb')).toEqual({
      ...noOptions,
      host: 'host',
      notebook: '/a.ipynb',
    })
    expect(parsed('host /a.ipynb')).toMatchObject({ type: 'run', earlier: [] })
  })

  test.each([{}, chained])('skips the report of runs for several sets with %j', (env) => {
    expect(parsed({ event: 'sweep_finished', sets: [] }, env)).toEqual({
      type: 'skipped',
      reason: expect.stringContaining('each of which has a report of its own'),
    })
  })

  test.each([
    { name: 'arguments', content: 'host /a.ipynb', env: {} },
    { name: 'a report', content: report, env: chained },
  ])('has an error in place of options when $name came too late', ({ content, env }) => {
    const late = parsed(content, env, null, Date.parse('2026-03-01T13:00:01Z'))
    const known = { options: { notebook: expect.any(String) }, isWhole: true }
    expect(late).toMatchObject({ type: 'run', options: { code: 'MESSAGE_TOO_OLD', known } })
  })

  test('has an error in place of options that cannot be parsed', () => {
    const options = { code: 'ARGUMENTS_INVALID' }
    expect(parsed('host --nonsense')).toMatchObject({ type: 'run', options, earlier: [] })
  })

  test('runs NBTRIGGER_NEXT after a run that succeeded', () => {
    const after = parsed(report, chained, '/zero.ipynb\n/first.ipynb')
    expect(after).toMatchObject({ type: 'run', earlier: ['/zero.ipynb', '/first.ipynb'] })
    expect(optionsOf(report, chained)).toEqual({
      ...noOptions,
      notebook: '/second.ipynb',
      raw: [['after', '/first.ipynb']],
    })
  })

  test('runs NBTRIGGER_NEXT after the notebook in NBTRIGGER_AFTER', () => {
    const env = { ...chained, NBTRIGGER_AFTER: 'first.ipynb' }
    expect(parsed(report, env)).toMatchObject({ type: 'run' })
  })

  test('adds the notebook of a report without a chain', () => {
    expect(parsed(report, chained)).toMatchObject({ earlier: ['/first.ipynb'] })
    const others =
      'gs://bucket/a.ipynb#17\nhttps://github.com/o/r/blob/main/a.ipynb\nnotebookContent'
    expect(parsed(report, chained, others)).toMatchObject({
      earlier: [...others.split('\n'), '/first.ipynb'],
    })
    expect(parsed(report, chained, '/zero.ipynb')).toMatchObject({
      earlier: ['/zero.ipynb', '/first.ipynb'],
    })
  })

  test.each(['file:/home/ann/zero.ipynb', '-'])(
    'runs NBTRIGGER_NEXT after a chain that began with %s, as runs of the command report it',
    (notebook) => {
      const after = parsed(report, chained, notebook)
      expect(after).toMatchObject({ type: 'run', earlier: [notebook, '/first.ipynb'] })
    },
  )

  test.each([
    {
      name: 'failed',
      content: { ...report, outcome: 'failed' },
      env: chained,
      reason: /did not succeed \("failed"\)/,
    },
    {
      name: 'is the same notebook',
      content: { ...report, notebook: '/second.ipynb' },
      env: chained,
      reason: /before/,
    },
    {
      name: 'is not the one to wait for',
      content: report,
      env: { ...chained, NBTRIGGER_AFTER: 'x.ipynb' },
      reason: /_AFTER/,
    },
    {
      name: 'is not the one to wait for',
      content: report,
      env: { ...chained, NBTRIGGER_AFTER: '/' },
      reason: /_AFTER/,
    },
    { name: 'has no next one', content: report, env: {}, reason: /NBTRIGGER_NEXT is not set/ },
    {
      name: 'has no next one',
      content: report,
      env: { ...chained, NBTRIGGER_NEXT: ' ' },
      reason: /NBTRIGGER_NEXT is not set/,
    },
  ])('skips a report that $name', ({ content, env, reason }) => {
    expect(parsed(content, env)).toEqual({
      type: 'skipped',
      reason: expect.stringMatching(reason),
    })
  })

  test.each([
    ['/second.ipynb\n/first.ipynb', /"\/second\.ipynb" has run in this chain before/],
    ['too long', /too long/],
  ])('ends a chain that repeats itself or is incomplete: %j', (chain, reason) => {
    const env = { ...chained, NBTRIGGER_NEXT: '//second.ipynb' } // another way to write the same path
    expect(parsed(report, env, chain)).toEqual({
      type: 'skipped',
      reason: expect.stringMatching(reason),
    })
  })

  test('refuses arguments when only reports are expected', () => {
    const errorText = errorTextOf(() => optionsOf('host /a.ipynb', chained))
    expect(errorText).toMatch(/^ARGUMENTS_INVALID: .*the message is no report of a run/)
  })

  test.each([
    { text: '{', host: '{', notebook: null },
    { text: '{"event": "run_started"}', host: '{event:', notebook: 'run_started}' },
    { text: '[]', host: '[]', notebook: null },
    { text: '{} /a.ipynb', host: '{}', notebook: '/a.ipynb' },
  ])('reads $text, which is not a report, as arguments', ({ text, host, notebook }) => {
    expect(optionsOf(text)).toEqual({ ...noOptions, host, notebook })
  })
})
