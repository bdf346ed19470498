import { pythonEnvironment } from './python_environment.ts'
import { withoutFormats } from './quick_python.ts'
import { runProgram } from './run_program.ts'

const validateProgram = `
${withoutFormats}
import nbformat, sys
nbformat.validate(nbformat.read(sys.argv[1], as_version=nbformat.NO_CONVERT))`

const rewriteProgram = `
${withoutFormats}
import nbformat, sys
sys.stdout.write(nbformat.writes(nbformat.read(sys.argv[1], as_version=nbformat.NO_CONVERT)))`

/** Lets Jupyter's own library judge a notebook's file; what is wrong with it becomes the error. */
export async function validateNotebook(file: string): Promise<void> {
  await runPython(validateProgram, file)
}

/** The text that Jupyter's own library writes of a notebook's file. */
export async function rewrittenNotebook(file: string): Promise<string> {
  return await runPython(rewriteProgram, file)
}

async function runPython(program: string, file: string): Promise<string> {
  const python = await pythonEnvironment()
  const env = { LANG: 'C.UTF-8', PYTHONIOENCODING: 'utf-8' }
  return await runProgram({
    command: python.bin('python'),
    args: ['-W', 'error', '-c', program, file],
    env,
  })
}
