import { describe, expect, test } from '@jest/globals'
import { chooseKernel, readKernelspecs } from '../../src/jupyter/kernelspecs.ts'
import { readNotebook } from '../../src/jupyter/nbformat.ts'

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
    'readKernelspecs() returns null when the answer is %j',
    (json) => {
      expect(readKernelspecs(json)).toBeNull()
    },
  )
})

describe('chooseKernel()', () => {
  test.each([
    ['the requested one', 'ir', notebookFor('python3', 'python'), both, 'ir'],
    ["the notebook's own", null, notebookFor('ir', 'R'), both, 'ir'],
    ['the default when the notebook names none', null, notebookFor(), both, 'python3'],
    ['one of its language when it names none', null, notebookFor(undefined, 'R'), both, 'ir'],
  ])('chooseKernel() selects %s', (_, requested, notebook, specs, name) => {
    expect(chooseKernel({ requested, notebook }, specs)).toEqual({ name, warning: null })
  })

  test.each([
    ['another case', 'SalesEnv', 'salesenv'],
    ['the listing in another case', 'conda-env-sales-py', 'conda-env-Sales-py'],
    ['"python", which is "python3"', 'python', 'python3'],
    ['"Python"', 'Python', 'python3'],
    ['"Python3"', 'Python3', 'python3'],
  ])('chooseKernel() finds a name in %s, requested or in the notebook', (_, wanted, name) => {
    const languages = { salesenv: 'python', 'conda-env-Sales-py': 'python', python3: 'python' }
    const specs = specsOf(languages, 'salesenv')
    const choice = { name, warning: null }
    expect(chooseKernel({ requested: wanted, notebook: notebookFor() }, specs)).toEqual(choice)
    expect(chooseKernel({ requested: null, notebook: notebookFor(wanted) }, specs)).toEqual(choice)
  })

  test.each([
    ['of two that differ in case alone', 'Env', 'Env'],
    ['a kernel that is called "python"', 'python', 'python'],
  ])('chooseKernel() prefers the exact name: %s', (_, requested, name) => {
    const specs = specsOf({ env: 'python', Env: 'python', python3: 'python', python: 'python' })
    expect(chooseKernel({ requested, notebook: notebookFor() }, specs)).toEqual({
      name,
      warning: null,
    })
  })

  test.each([
    [notebookFor('r-4.1', 'R'), both, 'ir', '"ir" (r)'],
    [notebookFor('py39', 'Python'), specsOf({ py2: 'python', python3: 'python' }), 'python3', '(p'],
    [notebookFor('py39', 'Python'), specsOf({ py2: 'python' }, 'ir'), 'py2', '"py2" (python)'],
    [notebookFor('python', 'python'), specsOf({ py2: 'python' }), 'py2', '"py2" (python)'],
  ])('chooseKernel() selects another kernel of the same language with a warning (%#)', (...row) => {
    const [notebook, specs, name, said] = row
    const choice = chooseKernel({ requested: null, notebook }, specs)
    expect(choice.name).toBe(name)
    expect(choice.warning).toContain(`"${notebook.kernelName}", which the server does not have`)
    expect(choice.warning).toContain(said)
  })

  test.each([
    {
      name: 'its language',
      notebook: notebookFor('julia', 'julia'),
      specs: both,
      said: 'the kernel "julia" for the notebook, which is in "julia"',
    },
    {
      name: 'its language, as it names no kernel',
      notebook: notebookFor(undefined, 'julia'),
      specs: both,
      said: 'is in "julia"',
    },
    {
      name: 'what language it has',
      notebook: notebookFor('gone'),
      specs: both,
      said: 'does not name its language',
    },
    {
      name: 'any language',
      notebook: notebookFor('gone', ''),
      specs: specsOf({ odd: '' }, 'odd'),
      said: 'does not name its language',
    },
  ])(
    'chooseKernel() never selects a kernel of another language than $name',
    ({ notebook, specs, said }) => {
      const names = [...specs.languages.keys()].map((name) => `"${name}"`).join(', ')
      expect(() => chooseKernel({ requested: null, notebook }, specs)).toThrow(
        expect.objectContaining({
          code: 'KERNEL_NOT_FOUND',
          message: expect.stringContaining(`the server has ${names}`),
        }),
      )
      expect(() => chooseKernel({ requested: null, notebook }, specs)).toThrow(said)
    },
  )

  test.each([
    ['scala', both, 'Cannot start the kernel "scala": the server has "python3", "ir"'],
    [
      'pyhton3',
      both,
      'Cannot start the kernel "pyhton3": the server has "python3", "ir"; did you mean "python3"?',
    ],
    ['python', specsOf({ ir: 'r' }), 'Cannot start the kernel "python": the server has "ir"'],
    [null, specsOf({}), 'Cannot start the kernel "python3": the server has no kernels at all'],
    [null, specsOf({ ir: 'r' }), 'Cannot start the kernel "python3": the server has "ir"'],
  ])('chooseKernel() throws KERNEL_NOT_FOUND when %j is requested', (requested, specs, message) => {
    const notebook = notebookFor()
    expect(() => chooseKernel({ requested, notebook }, specs)).toThrow(
      expect.objectContaining({ code: 'KERNEL_NOT_FOUND', message }),
    )
  })
})
