import { describe, expect, test } from '@jest/globals'
import { join } from 'node:path'
import { startOf } from '../support/dockerfile.ts'
import { JupyterContainer } from '../support/jupyter_container.ts'
import { repositoryRoot } from '../support/repository.ts'

const folder = join(repositoryRoot, 'deploy/jupyter')

describe('what the image of Jupyter starts', () => {
  test('starts where HOME is a folder that it cannot write to', async () => {
    const [init, end, ...words] = await startOf(join(folder, 'Dockerfile'))
    expect([init, end]).toEqual(['tini', '--'])
    await using container = await JupyterContainer.start(words)
    expect(await container.listens()).toMatch(/^\d+\.\d+/)
  })

  test('would not start there without a HOME of its own', async () => {
    const words = (await startOf(join(folder, 'Dockerfile'))).slice(2)
    const [program, home, ...rest] = words
    expect([program, home]).toEqual(['env', expect.stringMatching(/^HOME=\/home\/\w+$/)])
    await using container = await JupyterContainer.start(rest)
    await container.child.ended()
    expect(container.child.status).toBe(1)
    expect(container.child.output).toMatch(/PermissionError|Read-only file system/)
  })
})
