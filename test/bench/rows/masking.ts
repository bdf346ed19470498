import { randomBytes } from 'node:crypto'
import { createRedactor } from '../../../src/redaction/redactor.ts'
import type { Row, Sample } from '../row.ts'

const megabytes = 10
const line = 'loss=0.1734 the quick brown fox jumps over a lazy dog, see /path/to/file.py\n'

/** Printed text, in which no line is like another. */
function printedText(bytes: number): string {
  const lines = Array.from({ length: bytes / (line.length + 7) }, (_, place) => {
    return `${String(place).padStart(6)} ${line}`
  })
  return lines.join('')
}

function measured(count: number, text: string): Sample {
  const secrets = Array.from({ length: count }, () => randomBytes(24).toString('hex'))
  const redactor = createRedactor(secrets)
  const started = performance.now()
  const cpu = process.cpuUsage()
  if (redactor.text(text) !== text) throw new Error('Cannot find a secret where there is none')
  const { user, system } = process.cpuUsage(cpu)
  const seconds = (performance.now() - started) / 1000
  return { seconds, cpuSeconds: (user + system) / 1e6 }
}

/** Every text that is shown is searched for every secret. */
export const masking: Row = {
  name: 'masking',
  work: `${megabytes} MB searched for 1, 10 and 100 secrets`,
  rounds: 5,
  bars: [
    { measure: 'cpuSeconds', of: '10 secrets', over: '1 secret', atMost: 2 },
    { measure: 'cpuSeconds', of: '100 secrets', over: '1 secret', atMost: 2 },
  ],
  notes: 'In one process, without a server; the preparation of the search is not counted.',
  contenders: (_, divisor) => {
    const text = printedText((megabytes * 1e6) / divisor)
    const contender = (count: number, name: string) => {
      return { name, run: () => Promise.resolve(measured(count, text)) }
    }
    return Promise.resolve([
      contender(1, '1 secret'),
      contender(10, '10 secrets'),
      contender(100, '100 secrets'),
    ])
  },
}
