import type { RecordedRun } from '../history/record.ts'
import { durationText } from '../util/duration.ts'

const svgNamespace = 'http://www.w3.org/2000/svg'
const barWidth = 5
const gap = 2
const height = 28
const minBar = 2

/**
 * A bar for the duration of each run, the oldest at the left, in the colour of its outcome; `current`
 * is emphasized. The longest run has the whole height.
 */
export function durationChart(
  runs: readonly RecordedRun[],
  current: RecordedRun | null = null,
): SVGSVGElement {
  const width = runs.length * (barWidth + gap)
  const longest = Math.max(...runs.map(({ durationMs }) => durationMs), 1)
  const chart = svg('svg', {
    viewBox: `0 0 ${width} ${height}`,
    width: String(width),
    height: String(height),
    class: 'durations',
    role: 'img',
    'aria-label': `Durations of ${runs.length} runs, the longest ${durationText(longest)}`,
  })
  runs.toReversed().forEach((run, index) => {
    const size = Math.max(minBar, (run.durationMs / longest) * height)
    const bar = svg('rect', {
      x: String(index * (barWidth + gap)),
      y: String(height - size),
      width: String(barWidth),
      height: String(size),
      rx: '1',
      class: run === current ? 'bar current' : 'bar',
      'data-tone': toneOf(run.outcome),
    })
    const title = svg('title', {})
    title.textContent = `${new Date(run.startedAt).toLocaleString()}: ${durationText(run.durationMs)}`
    bar.append(title)
    chart.append(bar)
  })
  return chart
}

/** The tone in which an outcome is shown. */
export function toneOf(outcome: RecordedRun['outcome']): 'good' | 'bad' | 'neutral' {
  if (outcome === 'succeeded') return 'good'
  return outcome === 'cancelled' ? 'neutral' : 'bad'
}

function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>>,
): SVGElementTagNameMap[Tag] {
  const made = document.createElementNS(svgNamespace, tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  return made
}
