import { LRUCache } from 'lru-cache'

/** Why a message has to be delivered again; null when it is done with. */
export type Verdict = string | null

const remembered = 1_000

/**
 * The messages that came to this process, so that one which is delivered twice runs once. Other
 * instances have a memory of their own.
 */
export class Deduplicator {
  readonly #verdicts = new LRUCache<string, Promise<Verdict>>({ max: remembered })

  /** Runs the message, unless an earlier delivery did or does: then `repeated` is called. */
  async once(
    messageId: string | null,
    { run, repeated }: { readonly run: () => Promise<Verdict>; readonly repeated: () => void },
  ): Promise<Verdict> {
    if (messageId === null) return await run()
    const earlier = this.#verdicts.get(messageId)
    if (earlier !== undefined) {
      repeated()
      return await earlier
    }
    const verdict = run()
    this.#verdicts.set(messageId, verdict)
    try {
      const reason = await verdict
      if (reason !== null) this.#verdicts.delete(messageId)
      return reason
    } catch (error) {
      this.#verdicts.delete(messageId)
      throw error
    }
  }
}
