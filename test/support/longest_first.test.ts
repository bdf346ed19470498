import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { longest } from './longest_first.ts'
import { repositoryRoot } from './repository.ts'

test('the longest test files are there', () => {
  expect(longest.filter((name) => !existsSync(fileOf(name)))).toEqual([])
})

function fileOf(name: string): string {
  return join(repositoryRoot, 'test', `${name}.test.ts`)
}
