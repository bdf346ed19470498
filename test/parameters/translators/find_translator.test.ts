import { describe, expect, test } from '@jest/globals'
import { findTranslator } from '../../../src/parameters/translators/find_translator.ts'

describe('findTranslator()', () => {
  test.each([
    ['python3', 'python', 'Python'],
    ['ir', 'R', 'R'],
    [null, 'r', 'R'],
    ['deno', null, 'TypeScript'],
    ['deno', 'typescript', 'TypeScript'],
    ['ijavascript', 'javascript', 'TypeScript'],
    ['julia-1.9', 'julia', 'Julia'],
    ['spylon', 'scala', 'Scala'],
    ['pysparkkernel', 'scala', 'Python'],
    ['sparkkernel', null, 'Scala'],
    ['sparkrkernel', null, 'R'],
    ['jupyter_matlab_kernel', 'matlab', 'MATLAB'],
    ['.net-csharp', 'C#', 'C#'],
    ['.net-fsharp', 'F#', 'F#'],
    ['.net-powershell', 'PowerShell', 'PowerShell'],
    ['any', 'PowerShell', 'PowerShell'],
    ['bash', 'bash', 'bash'],
  ])(
    'finds for the kernel %j and the language %j the translator for %s',
    (name, language, found) => {
      expect(findTranslator({ name, language })?.language).toBe(found)
    },
  )

  test.each([
    [null, null],
    ['xcobol', 'cobol'],
    ['constructor', '__proto__'],
  ])('finds no translator for the kernel %j and the language %j', (name, language) => {
    expect(findTranslator({ name, language })).toBeNull()
  })
})
