/** Below this, a time says more about the machine than about the work. */
const noiseMs = 20

/**
 * How many times as long `work` takes for 100,000 as for 10,000, in processor time: about 10 for
 * work that is linear, and about 100 for quadratic work. What is quick counts as taking `noiseMs`.
 * It is 1 for work that is quick for 10,000, and Infinity where 1,000 take as long as cubic work does,
 * which would take hours for more.
 */
export function scalingOf(work: (size: number) => void): number {
  if (minProcessorMs(() => work(1_000)) > cubicMs) return Infinity
  const before = minProcessorMs(() => work(10_000))
  if (before <= noiseMs) return 1
  return minProcessorMs(() => work(100_000)) / before
}

const cubicMs = 300

/** A time that no chance makes so long. */
const enoughMs = 2_000

/** Of three times, unless the first is too short to matter, or long beyond any chance. */
function minProcessorMs(work: () => void): number {
  let least = processorMs(work)
  for (let again = 0; again < 2 && least > noiseMs && least < enoughMs; again++) {
    least = Math.min(least, processorMs(work))
  }
  return Math.max(least, noiseMs)
}

function processorMs(work: () => void): number {
  const start = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}
