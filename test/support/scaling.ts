/**
 * What `scalingOf` gives at most for work that is linear, half-way (on a logarithmic scale) between
 * the 10 of linear work and the 100 of quadratic work.
 */
export const maxLinearScaling = 32

/** Below this, a time says more about the machine than about the work. */
const noiseMs = 20

/**
 * How many times as long `work` takes for 100,000 as for 10,000, in processor time: about 10 for
 * work that is linear, and about 100 for quadratic work. It is 1 for work that is quick for 10,000,
 * and Infinity where 1,000 take as long as cubic work does, which would take hours for more.
 *
 * Both sides are measured over as much work, ten times 10,000 and once 100,000, and by turns, and
 * the least time of each side counts: what other programs and the garbage collector add differs
 * from time to time.
 */
export function scalingOf(work: (size: number) => void): number {
  const least = (ms: number, size: number, times: number) =>
    Math.min(
      ms,
      processorMs(() => repeat(times, () => work(size))),
    )
  if (least(Infinity, 1_000, 1) > cubicMs && least(Infinity, 1_000, 1) > cubicMs) return Infinity
  if (least(Infinity, 10_000, 1) <= noiseMs) return 1
  let [small, large] = [Infinity, Infinity]
  for (let turn = 0; turn < 3; turn++) {
    large = least(large, 100_000, 1)
    small = least(small, 10_000, 10)
    if (large < 2 * small) break // far from quadratic; a further turn would change nothing
  }
  return (10 * large) / small
}

const cubicMs = 300

function repeat(times: number, work: () => void): void {
  for (let time = 0; time < times; time++) work()
}

function processorMs(work: () => void): number {
  const start = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}
