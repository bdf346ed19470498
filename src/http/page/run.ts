import type { Api, RunOrder } from './api.ts'
import { isProblem } from './problem.ts'
import type { RunView } from './run_view.ts'
import { lostVerdict, refusedVerdict, stoppedVerdict } from './verdict.ts'

/** The page draws in between when messages come this long without a pause. */
const drawEveryMs = 50

/** Runs what was asked for and shows it, to its end or to the signal's; throws nothing. */
export async function run(
  { api, view }: { readonly api: Api; readonly view: RunView },
  order: RunOrder,
  signal: AbortSignal,
): Promise<void> {
  view.begin(order.notebook)
  try {
    let drawnTick = performance.now()
    for await (const message of api.run(order, signal)) {
      view.take(message)
      if (performance.now() - drawnTick < drawEveryMs) continue
      await new Promise((resolve) => setTimeout(resolve))
      drawnTick = performance.now()
    }
    view.end(lostVerdict)
  } catch (error) {
    if (signal.aborted) view.end(stoppedVerdict(view.elapsedMs))
    else view.end(isProblem(error) ? refusedVerdict(error) : lostVerdict)
  }
}
