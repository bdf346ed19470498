import { randomUUID } from 'node:crypto'
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { RunError } from '../errors.ts'
import { isRecord } from '../jupyter/json.ts'
import { noop } from '../lifetime.ts'
import { addressOf, type FileDestination } from './destination.ts'
import type { Document } from './document.ts'

const problems: Readonly<Record<string, string>> = {
  EACCES: 'there is no permission to write there',
  EPERM: 'there is no permission to write there',
  EROFS: 'nothing can be written on that disk',
  ENOTDIR: 'one of its folders is a file',
  EEXIST: 'one of its folders is a file',
  EISDIR: 'there is a folder of this name',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENAMETOOLONG: 'the name is too long',
}

/** Writes beside the file and renames, so that whoever reads it sees the old or the new one. */
export async function saveToFile(
  destination: FileDestination,
  document: Document,
  signal: AbortSignal,
): Promise<void> {
  const path = resolve(destination.path)
  const beside = join(dirname(path), `.nbtrigger-${randomUUID()}`)
  try {
    await makeFolder(dirname(path))
    await writeFile(beside, document.bytes, { signal, flush: true })
    await rename(beside, path)
  } catch (cause) {
    await rm(beside, { force: true }).catch(noop) // it may never have been there
    throw signal.aborted ? signal.reason : notWritten(destination, cause)
  }
}

/** One folder after the other: Node's own way to make several never ends where none can be made. */
async function makeFolder(path: string): Promise<void> {
  if (await isFolder(path)) return
  await makeFolder(dirname(path))
  await mkdir(path).catch(async (cause: unknown) => {
    if (!(await isFolder(path))) throw cause // else somebody made it meanwhile
  })
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => dirname(path) === path,
  )
}

function notWritten(destination: FileDestination, cause: unknown): RunError {
  const code = isRecord(cause) ? String(cause['code']) : 'unknown'
  return new RunError(
    'OUTPUT_NOT_SAVED',
    `Cannot save "${addressOf(destination)}": ${problems[code] ?? `the system says ${code}`}`,
    { cause },
  )
}
