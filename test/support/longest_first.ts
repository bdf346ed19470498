import { createRequire } from 'node:module'
import type sequencer from '@jest/test-sequencer'

// Its types describe what require() gives; what import gives is another thing.
const { default: Sequencer }: typeof sequencer = createRequire(import.meta.url)(
  '@jest/test-sequencer',
)

type Test = Parameters<sequencer.default['sort']>[0][number]

/** Test files that take half a minute or more on two processors, longest first. */
export const longest: readonly string[] = [
  'live/fidelity',
  'live/http_starvation',
  'live/faults/output',
  'live/reply_check',
  'http/app',
  'cli',
  'bench/rows',
  'live/kernels',
  'live/page',
  'live/cell_failures',
  'live/faults/function',
  'live/faults/connection',
  'live/hub',
  'deploy/checked',
  'deploy/upload',
  'live/faults/limits',
  'live/page_outputs',
  'live/faults/soak',
  'storage/contents',
  'live/faults/kernel',
  'function',
  'job/sweep',
  'job/retry',
  'live/private_jupyter',
  'run/run_notebook',
  'live/warm_fidelity',
  'live/warm',
  'live/chained_text',
  'live/faults/start',
  'live/rollover',
  'job',
  'live/notebook_page',
  'live/saves',
  'live/faults/gateway_mode',
  'history/stores',
  'deploy/break_off',
  'live/page_accessibility',
  'live/doctor',
  'live/cancel',
]

/**
 * Orders the files as jest does, which begins with those that took longest the last time. Where it
 * has not run them yet it goes by their size: a short file may take minutes, and the other workers
 * would have nothing to do while it runs as the last one.
 */
export default class LongestFirst extends Sequencer {
  override async sort(tests: Test[]): Promise<Test[]> {
    const sorted = await Sequencer.prototype.sort.call(this, tests)
    return sorted.toSorted((a, b) => placeOf(a) - placeOf(b))
  }
}

function placeOf({ path, duration }: Test): number {
  const place = longest.findIndex((name) => path.endsWith(`/build/test/${name}.test.js`))
  return duration === undefined && place >= 0 ? place : longest.length
}
