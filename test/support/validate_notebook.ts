import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { jsonText } from '../../src/util/json.ts'
import { pythonEnvironment } from './python_environment.ts'
import { withoutFormats } from './quick_python.ts'
import { runProgram } from './run_program.ts'
import { ScratchFolder } from './scratch_folder.ts'

const program = `
${withoutFormats}
import json, nbformat, sys, warnings
warnings.simplefilter('error')
for notebook in json.load(open(sys.argv[1])):
    try:
        nbformat.validate(nbformat.reads(json.dumps(notebook), as_version=4))
    except Exception as error:
        sys.exit(f'{error!r} in {json.dumps(notebook)}')`

/** Throws what nbformat has to say against the notebook. */
export async function validateNotebook(notebook: unknown): Promise<void> {
  await validateNotebooks([notebook])
}

/** The same of the first notebook that it finds something wrong with. */
export async function validateNotebooks(notebooks: readonly unknown[]): Promise<void> {
  await using folder = await ScratchFolder.make('validate')
  const path = join(folder.path, 'notebooks.json')
  await writeFile(path, jsonText(notebooks))
  const python = await pythonEnvironment()
  await runProgram({ command: python.bin('python'), args: ['-c', program, path] })
}
