import { randomUUID } from 'node:crypto'
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RunError } from '../errors.ts'
import { field } from '../util/record.ts'
import { isMissing, systemReason } from '../util/system_reason.ts'
import type { CheckpointFolder } from './store.ts'

const folderMode = 0o700
/** Only the owner can read it, and it is on the disk when it is written. */
const ownFile = { mode: 0o600, flush: true }

/** A folder of this machine, which only its owner can read. */
export class FileFolder implements CheckpointFolder {
  readonly address: string
  readonly #path: string

  /** It is made when the first file is created in it. */
  constructor(path: string) {
    this.address = `file:${path}`
    this.#path = path
  }

  async list(): Promise<readonly string[]> {
    return await this.#call('read', async () => (await orMissing(readdir(this.#path))) ?? [])
  }

  async create(name: string, text: string): Promise<boolean> {
    return await this.#call('write', async () => {
      await mkdir(this.#path, { recursive: true, mode: folderMode })
      const beside = join(this.#path, `.${randomUUID()}`)
      try {
        await writeFile(beside, text, ownFile)
        await link(beside, join(this.#path, name)) // the whole file has the name, or nothing
        return true
      } catch (error) {
        if (field(error, 'code') === 'EEXIST') return false
        throw error
      } finally {
        await rm(beside, { force: true })
      }
    })
  }

  async write(name: string, text: string, signal: AbortSignal): Promise<void> {
    const options = { ...ownFile, signal }
    await this.#call('write', () => writeFile(join(this.#path, name), text, options))
  }

  async read(name: string): Promise<string | null> {
    return await this.#call('read', () => orMissing(readFile(join(this.#path, name), 'utf8')))
  }

  async remove(names: readonly string[]): Promise<void> {
    const removals = names.map((name) => rm(join(this.#path, name), { force: true }))
    await this.#call('remove', () => Promise.all(removals))
  }

  async removeAll(): Promise<void> {
    await this.#call('remove', () => rm(this.#path, { recursive: true, force: true }))
  }

  async #call<Value>(verb: string, work: () => Promise<Value>): Promise<Value> {
    try {
      return await work()
    } catch (cause) {
      const what = `Cannot ${verb} the checkpoint in "${this.address}": ${systemReason(cause)}`
      throw new RunError('CHECKPOINT_FAILED', what, { cause })
    }
  }
}

async function orMissing<Value>(work: Promise<Value>): Promise<Value | null> {
  try {
    return await work
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}
