import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'

/** Writes 1000 characters three times, and prints the problem. */
const script = `
import { StreamFiles } from ${JSON.stringify(new URL('../../src/cli/stream_files.js', import.meta.url))}
const files = new StreamFiles({ stdout: process.argv[1], stderr: null })
const output = { output_type: 'stream', name: 'stdout', text: 'x'.repeat(1000) }
for (let count = 0; count < 3; count++) files.observe({ type: 'cell_output', output })
console.log(String(files.problem?.message))`

/** Runs the script where a file may have this number of blocks of 1024 bytes. */
async function write(path: string, blocks: string): Promise<string> {
  const limited = ['ulimit -f "$0"; exec "$@"', blocks, process.execPath]
  const args = [...limited, '--input-type=module', '-e', script, path]
  return (await promisify(execFile)('bash', ['-c', ...args])).stdout
}

describe('StreamFiles', () => {
  let folder: string

  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'nbtrigger-streams-'))))
  afterEach(() => rm(folder, { recursive: true }))

  test('appends what comes', async () => {
    const path = join(folder, 'out.txt')
    expect(await write(path, 'unlimited')).toBe('undefined\n')
    expect(await readFile(path, 'utf8')).toHaveLength(3_000)
  })

  test('says which file took only a part', async () => {
    const path = join(folder, 'out.txt')
    expect(await write(path, '2')).toContain(
      `Cannot write to the file "${path}": the system says EFBIG`,
    )
    expect(await readFile(path, 'utf8')).toHaveLength(2_048)
  })
})
