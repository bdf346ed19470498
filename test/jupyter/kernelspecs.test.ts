import { describe, expect, test } from '@jest/globals'
import { chooseKernel, readKernelspecs } from '../../src/jupyter/kernelspecs.ts'
import { readNotebook } from '../../src/jupyter/notebook.ts'

function specsOf(languages: Readonly<Record<string, string>>, preferred = 'python3') {
  return { default: preferred, languages: new Map(Object.entries(languages)) }
}

function notebookFor(name?: string, language?: string) {
  return readNotebook({ cells: [], metadata: { kernelspec: { name, language } } }, '/n.ipynb')
}

const both = specsOf({ python3: 'python', ir: 'r' })

describe('readKernelspecs()', () => {
  test('readKernelspecs() reads names and languages', () => {
    const kernelspecs = { ir: { spec: { language: 'R' } }, odd: null, empty: { spec: {} } }
    expect(readKernelspecs({ default: 'ir', kernelspecs })).toEqual({
      default: 'ir',
      languages: new Map([
        ['ir', 'r'],
        ['odd', ''],
        ['empty', ''],
      ]),
    })
  })

  test.each([null, [], {}, { default: 'a' }, { kernelspecs: {} }, { default: 1, kernelspecs: {} }])(
    'readKernelspecs() gives null when the answer is %j',
    (json) => {
      expect(readKernelspecs(json)).toBeNull()
    },
  )
})

describe('chooseKernel()', () => {
  test.each([
    ['the one asked for', 'ir', notebookFor('python3', 'python'), both, 'ir'],
    ["the notebook's own", null, notebookFor('ir', 'R'), both, 'ir'],
    ['the default when the notebook names none', null, notebookFor(), both, 'python3'],
    ['one of its language when it names none', null, notebookFor(undefined, 'R'), both, 'ir'],
  ])('chooseKernel() takes %s', (_, asked, notebook, specs, name) => {
    expect(chooseKernel({ asked, notebook }, specs)).toEqual({ name, warning: null })
  })

  test.each([
    [notebookFor('r-4.1', 'R'), both, 'ir', '"ir" (r)'],
    [notebookFor('py39', 'Python'), specsOf({ py2: 'python', python3: 'python' }), 'python3', '(p'],
    [notebookFor('julia', 'julia'), both, 'python3', '"python3" (python)'],
    [notebookFor('gone'), both, 'python3', '"python3" (python)'],
    [notebookFor('gone'), specsOf({ python3: '' }), 'python3', '(unknown language)'],
  ])('chooseKernel() takes another one with a warning (%#)', (notebook, specs, name, said) => {
    const choice = chooseKernel({ asked: null, notebook }, specs)
    expect(choice.name).toBe(name)
    expect(choice.warning).toContain(`"${notebook.kernelName}", which the server does not have`)
    expect(choice.warning).toContain(said)
  })

  test.each([
    ['scala', both, 'Cannot start the kernel "scala": the server has "python3", "ir"'],
    [null, specsOf({}), 'Cannot start the kernel "python3": the server has no kernels at all'],
  ])('chooseKernel() throws KERNEL_NOT_FOUND when %j is asked for', (asked, specs, message) => {
    const notebook = notebookFor('python3')
    expect(() => chooseKernel({ asked, notebook }, specs)).toThrow(
      expect.objectContaining({ code: 'KERNEL_NOT_FOUND', message }),
    )
  })
})
