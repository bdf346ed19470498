import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Whether the source was compiled; says what to do, and sets the exit status, when it was not. */
export function isBuilt() {
  if (existsSync(new URL('../build/bundle/cli.js', import.meta.url))) return true
  const folder = fileURLToPath(new URL('..', import.meta.url))
  console.error(
    `Cannot start nbtrigger: it is not built; run "npm install && npm run build" in ${folder}`,
  )
  process.exitCode = 2
  return false
}

if (process.argv[1] === fileURLToPath(import.meta.url)) isBuilt()
