import { randomUUID } from 'node:crypto'
import { mkdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
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

/**
 * Writes beside the file and renames, so that whoever reads it sees the old or the new one. Who may
 * read the old one may read the new one, and a link to it stays one.
 */
export async function saveToFile(
  destination: FileDestination,
  document: Document,
  signal: AbortSignal,
): Promise<void> {
  const wanted = resolve(destination.path)
  const path = await realpath(wanted).catch(() => wanted)
  const beside = join(dirname(path), `.nbtrigger-${randomUUID()}`)
  try {
    await makeFolder(dirname(path))
    const mode = await modeOf(path)
    await writeFile(beside, document.bytes, { signal, flush: true, mode })
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
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (isRecord(error) && error['code'] === 'ENOENT') return false
    throw error
  }
}

/** As the file that is replaced has it: what was private stays so. */
async function modeOf(path: string): Promise<number> {
  return await stat(path).then(
    ({ mode }) => mode & 0o777,
    () => 0o666,
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
