/** The body as text; null when it has more than `maxBytes`, which then is not read further. */
export async function readBody(
  body: AsyncIterable<string | Buffer> | null,
  maxBytes: number,
): Promise<string | null> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of body ?? []) {
    const buffer = Buffer.from(part)
    bytes += buffer.length
    if (bytes > maxBytes) return null // leaving the loop destroys the stream, and so the connection
    parts.push(buffer)
  }
  return new TextDecoder().decode(Buffer.concat(parts))
}
