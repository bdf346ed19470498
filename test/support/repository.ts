import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of package.json, wherever below it the compiled tests lie. */
export const repositoryRoot = folderOfPackage(dirname(fileURLToPath(import.meta.url)))

export const referenceNotebook = join(
  repositoryRoot,
  'deploy/jupyter/workspaces/JupyterAPI_Test.ipynb',
)

function folderOfPackage(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : folderOfPackage(dirname(folder))
}
