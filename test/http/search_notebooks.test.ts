import { describe, expect, test } from '@jest/globals'
import { type SearchLimits, searchNotebooks } from '../../src/http/search_notebooks.ts'
import type { FolderEntry } from '../../src/jupyter/contents.ts'

/** Files by their paths; every folder of a path is there, too. */
function reader(paths: readonly string[], unreadable = '') {
  return async (folder: string): Promise<readonly FolderEntry[]> => {
    if (folder === unreadable) throw new Error('no access')
    const start = folder === '/' ? '/' : `${folder}/`
    const inside = paths.filter((path) => path.startsWith(start))
    const names = new Set(inside.map((path) => path.slice(start.length).split('/')[0] ?? ''))
    return [...names].map((name) => {
      const type = paths.includes(`${start}${name}`) ? 'notebook' : 'directory'
      return { name, path: `${start}${name}`, type }
    })
  }
}

async function found(text: string, paths: readonly string[], limits?: SearchLimits) {
  const search = { from: '/', read: reader(paths, '/closed'), ...(limits && { limits }) }
  const { entries, isCut } = await searchNotebooks(text, search)
  return { paths: entries.map(({ path }) => path), isCut }
}

const tree = [
  '/sales.ipynb',
  '/a/b/Old Sales.ipynb',
  '/a/sales 2026/may.ipynb',
  '/closed/sales.ipynb',
  '/node_modules/sales.ipynb',
]

describe('searchNotebooks()', () => {
  test('finds notebooks and folders by name, in every folder that can be read', async () => {
    expect(await found('SALES', tree)).toEqual({
      paths: ['/sales.ipynb', '/a/sales 2026', '/a/b/Old Sales.ipynb'],
      isCut: false,
    })
  })

  test('throws when the first folder cannot be read', async () => {
    const search = { from: '/closed', read: reader(tree, '/closed') }
    await expect(searchNotebooks('sales', search)).rejects.toThrow('no access')
  })

  test.each([
    { name: 'folders', limits: { folders: 2, entries: 9, atOnce: 2 } },
    { name: 'entries', limits: { folders: 99, entries: 1, atOnce: 2 } },
  ])('says that there may be more beyond the limit of $name', async ({ limits }) => {
    expect(await found('sales', tree, limits)).toMatchObject({ isCut: true })
  })
})
