/** Why a request was not answered with what it asked for, in words for people. */
export class Problem extends Error {
  override readonly name = 'Problem'
  /** 0 where nothing answered. */
  readonly status: number
  /** One of nbtrigger's error codes, where the answer has one. */
  readonly code: string | null

  constructor(status: number, code: string | null, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** Reads `application/problem+json`; whatever else came is told by its status. */
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

/** What is said of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

export function isProblem(error: unknown): error is Problem {
  return error instanceof Problem
}
