/** Why a request failed, with a message to show. */
export class Problem extends Error {
  override readonly name = 'Problem'
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number
  /** nbtrigger's error code; null when the answer has none. */
  readonly code: string | null

  constructor(status: number, code: string | null, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** Reads `application/problem+json`; for other types the message is made from the status. */
export async function problemOf(response: Response): Promise<Problem> {
  const { status } = response
  const unreadable = new Problem(status, null, `The function answered with status ${status}`)
  try {
    const body: Readonly<Record<string, unknown>> = Object(await response.json())
    const { title, detail, code } = body
    const message = [detail, title].find((text) => typeof text === 'string' && text !== '')
    if (typeof message !== 'string') return unreadable
    return new Problem(status, typeof code === 'string' ? code : null, message)
  } catch {
    return unreadable
  }
}

export function isProblem(error: unknown): error is Problem {
  return error instanceof Problem
}
