import { readFile } from 'node:fs/promises'
import { codeCellsOf, readNotebook } from '../../../src/jupyter/nbformat.ts'
import { referenceNotebook } from '../../support/repository.ts'
import type { BenchNotebook, Place } from '../place.ts'

/** The notebook of the main job. */
export async function reference(place: Place): Promise<BenchNotebook> {
  const notebook = readNotebook(JSON.parse(await readFile(referenceNotebook, 'utf8')), '')
  return place.notebook(
    'reference',
    codeCellsOf(notebook).map(({ source }) => source),
  )
}
