import { cpus, loadavg } from 'node:os'
import { figuresOf, type Measured, type Samples, type BarResult } from './measure_row.ts'
import type { Measure } from './row.ts'
import { spreadOf } from './statistics.ts'

/** The results as a page: a table of what is asked, and below it what each contender took. */
export function resultsPage(measured: readonly Measured[], date: Date): string {
  return `# Benchmark results

Written by \`npm run bench\` on ${date.toISOString().slice(0, 10)}: ${machine()}. All clients work with the
same Jupyter Server (nbclient and \`jupyter execute\` with a kernel of the same environment), in turns,
round by round. A ratio is the median of the ratios of all rounds. The plain client has some 40 lines and
checks nothing; "with pongs", it answers each message at once, as nbtrigger does. The function is warm, and
the start of Python is not counted for nbclient. No memory is given for processes that had done other work
before.

| work | goal | measured | |
| --- | --- | --- | --- |
${measured.flatMap(resultLines).join('\n')}

${measured.map(section).join('\n\n')}
`
}

/** The machine in general terms, and how busy it was: a load above its cores is others' work too. */
function machine(): string {
  const cores = cpus().length
  const load = Math.round(loadavg()[2] ?? NaN)
  const node = `Node ${process.version.slice(1)}`
  return `${cores} cores, ${node}, ${process.platform} ${process.arch}, a load of ${load} at the end`
}

function resultLines({ row, results }: Measured): readonly string[] {
  return results.map(({ bar, figure, isMet }, place) => {
    const work = place === 0 ? row.work : ''
    const found = bar.over === null ? amount(figure, bar.measure) : `${figure.toFixed(2)} ×`
    return `| ${work} | ${askedBy(bar)} | ${found} | ${isMet ? 'met' : '**not met**'} |`
  })
}

export function askedBy({ measure, of, over, atMost }: BarResult['bar']): string {
  if (over === null) return `under ${amount(atMost, measure)}`
  const [, part] = /^nbtrigger, (.*)$/.exec(of) ?? []
  const what = { seconds: '', cpuSeconds: ' of CPU', megabytes: ' of memory' }[measure]
  return `${part === undefined ? '' : `${part}: `}at most ${atMost} × ${over}${what}`
}

function section({ row, rounds, samples, profile }: Measured): string {
  const lines = [...samples.keys()].map((name) => {
    return `| ${name} | ${cell(samples, name, 'seconds')} | ${cell(samples, name, 'cpuSeconds')} | ${cell(samples, name, 'megabytes')} |`
  })
  const remarks = [...samples.values()].flatMap((own) => own.at(-1)?.remark ?? [])
  const notes = [...remarks, profile ?? [], row.notes ?? []].flat().map((text) => `\n\n${text}`)
  return `## ${row.name}

${row.work}; medians of ${rounds} rounds, minimum and maximum in brackets.

| client | time | CPU | memory |
| --- | --- | --- | --- |
${lines.join('\n')}${notes.join('')}`
}

function cell(samples: Samples, name: string, measure: Measure): string {
  const figures = figuresOf(samples, name, measure)
  if (figures.length === 0) return ''
  const { median, least, most } = spreadOf(figures)
  const range = [least, most].map((figure) => bare(figure, measure)).join(' to ')
  return `${amount(median, measure)} (${range})`
}

function amount(figure: number, measure: Measure): string {
  return `${bare(figure, measure)} ${measure === 'megabytes' ? 'MB' : 's'}`
}

function bare(figure: number, measure: Measure): string {
  return measure === 'megabytes' ? figure.toFixed(0) : figure.toFixed(2)
}
