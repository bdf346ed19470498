import { LRUCache } from 'lru-cache'

/** Why a message has to be redelivered; null when it is to be acknowledged. */
export type RedeliveryReason = string | null

const maxMessages = 1_000

/**
 * Remembers the messages of this process, so that one which is delivered twice runs once. Other
 * instances do not know of them.
 */
export class Deduplicator {
  readonly #results = new LRUCache<string, Promise<RedeliveryReason>>({ max: maxMessages })

  /** Calls `run`, or `repeated` when an earlier delivery ran or is running; its result counts then. */
  async once(
    messageId: string | null,
    {
      run,
      repeated,
    }: { readonly run: () => Promise<RedeliveryReason>; readonly repeated: () => void },
  ): Promise<RedeliveryReason> {
    if (messageId === null) return await run()
    const earlier = this.#results.get(messageId)
    if (earlier !== undefined) {
      repeated()
      return await earlier
    }
    const result = run()
    this.#results.set(messageId, result)
    try {
      const reason = await result
      if (reason !== null) this.#results.delete(messageId)
      return reason
    } catch (error) {
      this.#results.delete(messageId)
      throw error
    }
  }
}
