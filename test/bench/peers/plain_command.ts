import { readFileSync } from 'node:fs'
import { plainClient, type PlainWork } from './plain.ts'

// The floor as a whole process: its work stands in the file that is named.
const work: PlainWork = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))
const startedTick = performance.now()
await plainClient(work)
const seconds = (performance.now() - startedTick) / 1000
const { maxRSS } = process.resourceUsage()
process.stdout.write(`${JSON.stringify({ seconds, megabytes: maxRSS / 1024 })}\n`)
