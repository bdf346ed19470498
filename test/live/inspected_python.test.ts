import { expect, test } from '@jest/globals'
import { inspectPython } from '../../src/parameters/inspect_python.ts'
import { pythonEnvironment } from '../support/python_environment.ts'
import { runProgram } from '../support/run_program.ts'

/** The sources of the standard library, and the names that Python finds assigned in each module. */
const program = `
import ast, glob, json, os, warnings
warnings.simplefilter('ignore')
def target(node):
    if isinstance(node, ast.Name): yield node.id
    elif isinstance(node, (ast.Tuple, ast.List)):
        for item in node.elts: yield from target(item)
    elif isinstance(node, ast.Starred): yield from target(node.value)
def names(body):
    for node in body:
        if isinstance(node, ast.Assign):
            for each in node.targets: yield from target(each)
        elif isinstance(node, ast.AnnAssign) and node.value is not None: yield from target(node.target)
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for field in ('body', 'orelse', 'finalbody', 'handlers', 'cases'):
                yield from names(getattr(node, field, None) or [])
def read(path):
    with open(path, encoding='utf-8') as file: source = file.read()
    return {'path': path, 'source': source, 'names': sorted(set(names(ast.parse(source).body)))}
print(json.dumps([read(path) for path in sorted(glob.glob(os.path.dirname(os.__file__) + '/*.py'))]))`

interface Module {
  readonly path: string
  readonly source: string
  readonly names: readonly string[]
}

test("inspectPython() finds the same names in the standard library as Python's own parser", async () => {
  const python = await pythonEnvironment()
  const output = await runProgram({ command: python.bin('python'), args: ['-c', program] })
  const modules: readonly Module[] = JSON.parse(output)
  expect(modules.length).toBeGreaterThan(100)
  for (const { path, source, names } of modules) {
    const found = new Set(inspectPython(source).map(({ name }) => name))
    expect({ path, names: [...found].toSorted() }).toEqual({ path, names })
  }
})
