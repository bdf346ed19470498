import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

/** The folder of this package's package.json, wherever the bundler has put this file. */
export const packageRoot = findPackageRoot(new URL('./', import.meta.url))

/** The version that package.json gives. */
export async function packageVersion(): Promise<string> {
  const text = await readFile(new URL('package.json', packageRoot), 'utf8')
  return String(JSON.parse(text).version)
}

function findPackageRoot(folder: URL): URL {
  if (existsSync(new URL('package.json', folder))) return folder
  const parent = new URL('../', folder)
  if (parent.href === folder.href) throw new Error('Cannot find the package.json of nbtrigger')
  return findPackageRoot(parent)
}
