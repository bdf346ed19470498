import { readFile } from 'node:fs/promises'

/** The folder of package.json: two above this file as it is compiled, and as it is bundled. */
export const packageRoot = new URL('../../', import.meta.url)

export async function packageVersion(): Promise<string> {
  const text = await readFile(new URL('package.json', packageRoot), 'utf8')
  const { version }: { readonly version: string } = JSON.parse(text)
  return version
}
