import { describe, expect, test } from '@jest/globals'
import { createRedactor } from '../../src/redaction/redactor.ts'
import type { RunRequest } from '../../src/request/run_request.ts'
import { WarmPool } from '../../src/warm/pool.ts'
import { plainRequest, serverConfig, token } from '../support/fake_request.ts'

const server = serverConfig(new URL('http://127.0.0.1:8888/'), token)
const hub = { user: 'ann', server: null, spawnerOptions: {} }

function reserve(changes: Partial<RunRequest>) {
  const sizes = new Map([[plainRequest.notebook.describe(), 1]])
  const pool = new WarmPool({ sizes, maxKernels: 1, maxAgeMs: 60_000 }, () => undefined)
  return pool.reserve({ ...plainRequest, server, ...changes }, createRedactor([]))
}

describe('WarmPool.reserve()', () => {
  test('looks for a kernel for a request that may have a warm one', () => {
    expect(reserve({})).toMatchObject({ isHeld: false })
  })

  test.each([
    { name: 'a kernel that runs', changes: { kernelId: 'k-1' } },
    { name: 'a kernel that is kept', changes: { keepKernel: true } },
    { name: 'variables for its kernel', changes: { kernelEnv: new Map([['KERNEL_X', '1']]) } },
    { name: 'a server of JupyterHub', changes: { hub } },
  ])('takes none for a request with $name', ({ changes }) => {
    expect(reserve(changes)).toBeNull()
  })
})
