import { createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { isRecord } from '../../src/util/record.ts'

export interface Claims {
  readonly aud: string
  readonly email: string
  /** Seconds. */
  readonly exp: number
}

/** The key with which tokens are signed, as Google has some. */
export function signingKey(): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
}

/** A JWT as Google makes them. */
export function mintIdToken(claims: Claims, key: KeyObject): string {
  const head = { alg: 'RS256', kid: 'test', typ: 'JWT' }
  const iss = 'https://accounts.google.com'
  const body = [head, { iss, sub: '1', email_verified: true, ...claims }].map(encoded).join('.')
  return `${body}.${sign('RSA-SHA256', Buffer.from(body), key).toString('base64url')}`
}

/** What a token says, if this key signed it. */
export function readIdToken(token: string, key: KeyObject): Claims | null {
  const [head = '', claims = '', signature = ''] = token.split('.')
  const signed = Buffer.from(`${head}.${claims}`)
  const bytes = Buffer.from(signature, 'base64url')
  if (!verify('RSA-SHA256', signed, createPublicKey(key), bytes)) return null
  const json: unknown = JSON.parse(Buffer.from(claims, 'base64url').toString())
  if (!isRecord(json)) return null
  return { aud: String(json['aud']), email: String(json['email']), exp: Number(json['exp']) }
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
