import { jsonText } from '../exact_json.ts'
import { safeJson } from '../safe_text.ts'
import type { Reply } from './reply.ts'

/** Scripts of a notebook run where they can reach neither this origin nor its cookies. */
export const pagePolicy = {
  'Content-Security-Policy':
    "sandbox allow-scripts allow-popups; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
}

/** An SVG image may hold script, and needs none to be seen. */
const dataPolicy = {
  'Content-Security-Policy':
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'",
}

/** Media that Jupyter's messages carry in base64. */
const binary = /^(?:image\/(?!svg\+xml)|audio\/|video\/|application\/(?:pdf|octet-stream)$)/

/** One representation of a result, as what it is. */
export function resultReply(mediaType: string, value: unknown): Reply {
  const policy = mediaType === 'text/html' ? pagePolicy : dataPolicy
  const isBinary = binary.test(mediaType) && typeof value === 'string'
  const charset = isBinary ? '' : '; charset=utf-8'
  return {
    status: 200,
    headers: { ...policy, 'Content-Type': `${mediaType}${charset}` },
    body: isBinary ? Buffer.from(value, 'base64') : textOf(mediaType, value),
  }
}

function textOf(mediaType: string, value: unknown): string {
  const isJson = /[/+]json$/.test(mediaType)
  return typeof value === 'string' && !isJson ? value : safeJson(jsonText(value))
}
