import { beforeAll, describe, expect, test } from '@jest/globals'
import type { Comparison } from '../fidelity/comparison.ts'
import { notebooks } from '../fidelity/notebooks.ts'
import { sideBySide } from '../fidelity/side_by_side.ts'
import { troublesOf } from '../fidelity/table.ts'
import type { FidelityNotebook } from '../fidelity/notebook.ts'
import { describeWith } from '../support/describe_with.ts'
import { missingParts } from '../support/parts.ts'

const parts = { python3: [], ir: ['r-kernel'], deno: ['deno'] } as const

const isPossible = ({ kernel }: FidelityNotebook) => missingParts(parts[kernel]).length === 0

describe('an executed notebook equals that of nbclient', () => {
  let comparisons: ReadonlyMap<FidelityNotebook, Comparison>

  beforeAll(async () => {
    const done = await sideBySide(notebooks.filter(isPossible))
    comparisons = new Map(done.map((comparison) => [comparison.notebook, comparison]))
  }, 450_000)

  const testAll = (kernel: FidelityNotebook['kernel']) => {
    test.each(notebooks.filter((notebook) => notebook.kernel === kernel))('$name', (notebook) => {
      const comparison = comparisons.get(notebook)
      expect(comparison && troublesOf(comparison)).toEqual([])
    })
  }

  describe('python3', () => testAll('python3'))
  describeWith('r-kernel', 'ir', () => testAll('ir'))
  describeWith('deno', 'deno', () => testAll('deno'))
})
