import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { jsonText } from '../../src/exact_json.ts'
import { pythonEnvironment } from './python_environment.ts'
import { runProgram } from './run_program.ts'
import { ScratchFolder } from './scratch_folder.ts'

const program = `
import nbformat, sys, warnings
warnings.simplefilter('error')
nbformat.validate(nbformat.read(sys.argv[1], as_version=4))`

/** Throws what nbformat has to say against the notebook. */
export async function validateNotebook(notebook: unknown): Promise<void> {
  await using folder = await ScratchFolder.make('validate')
  const path = join(folder.path, 'notebook.ipynb')
  await writeFile(path, jsonText(notebook))
  const python = await pythonEnvironment()
  await runProgram({ command: python.bin('python'), args: ['-c', program, path] })
}
