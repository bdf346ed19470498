import { LRUCache } from 'lru-cache'

/** Why a message has to be redelivered; null when it is to be acknowledged. */
export type Verdict = string | null

const remembered = 1_000

/**
 * Remembers the messages of this process, so that one which is delivered twice runs once. Other
 * instances do not know of them.
 */
export class Deduplicator {
  readonly #verdicts = new LRUCache<string, Promise<Verdict>>({ max: remembered })

  /** Calls `run`, or `repeated` when an earlier delivery ran or is running; its verdict counts then. */
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
