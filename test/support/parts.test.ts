import { describe, expect, test } from '@jest/globals'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Certificate } from './certificate.ts'
import { describeWith } from './describe_with.ts'
import { adviceFor, hasPart, packagesOf, partNames } from './parts.ts'
import { repositoryRoot } from './repository.ts'
import { runProgram } from './run_program.ts'

describe('the parts of a machine', () => {
  test('adviceFor() returns one call of apt-get, and advice for parts that Debian does not have', () => {
    expect(adviceFor(['openssl', 'gcloud', 'debian-jupyter'])).toEqual([
      'apt-get install --no-install-recommends openssl jupyter-server python3-ipykernel',
      expect.stringContaining('Google Cloud CLI'),
    ])
    expect(adviceFor(['deno'])).toEqual(['npm install'])
    expect(adviceFor(['debian-jupyter', 'jupyterhub'])).toEqual([
      'apt-get install --no-install-recommends jupyter-server python3-ipykernel jupyterhub',
    ])
  })

  test('.ci/run installs the Debian packages of all parts except Java', async () => {
    const script = await readFile(join(repositoryRoot, '.ci/run'), 'utf8')
    const [, list = ''] = /^packages=\((.*)\)$/m.exec(script) ?? []
    const java = ['default-jre-headless']
    expect([...list.split(' '), ...java]).toEqual(expect.arrayContaining([...packagesOf()]))
  })

  test('NBTRIGGER_TEST_WITHOUT hides parts, and lists the known ones if one is unknown', async () => {
    expect(await missingWithout('openssl,haproxy')).toEqual(
      expect.arrayContaining(['openssl', 'haproxy']),
    )
    expect(await missingWithout('all')).toEqual(partNames)
    await expect(missingWithout('openssel')).rejects.toThrow(/no part openssel; .*openssl/)
  })
})

describe('a test that starts a program', () => {
  test('fails on any machine if it does not declare the part', async () => {
    await expect(make()).rejects.toThrow("put the test into describeWith('openssl', ...)")
  })

  describeWith('openssl', 'and declares the part', () => {
    test('works if it declares the part', async () => {
      expect(hasPart('openssl')).toBe(true)
      await make()
    })
  })

  test('fails after the block that declares it', async () => {
    await expect(make()).rejects.toThrow('does not declare')
  })
})

async function make(): Promise<void> {
  const certificate = await Certificate.make()
  await certificate[Symbol.asyncDispose]()
}

/** The parts that a process lacks which is told to do without these. */
async function missingWithout(names: string): Promise<readonly string[]> {
  const source = `
    import { missingParts, partNames } from './build/test/support/parts.js'
    console.log(missingParts(partNames).join(' '))`
  const stdout = await runProgram({
    command: process.execPath,
    args: ['--input-type=module', '-e', source],
    cwd: repositoryRoot,
    env: { PATH: process.env['PATH'], NBTRIGGER_TEST_WITHOUT: names },
  })
  return stdout.trim().split(' ')
}
