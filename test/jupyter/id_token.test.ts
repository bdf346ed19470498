import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { tokenCredentials } from '../../src/jupyter/credentials.ts'
import { accountOf, withIdToken } from '../../src/jupyter/id_token.ts'
import { functionAccount, MetadataServer } from '../support/metadata_server.ts'
import { neverAborts } from '../support/observe.ts'
import { rejectionOf } from '../support/rejection.ts'
import { ScratchFolder } from '../support/scratch_folder.ts'

const audience = 'https://jupyter.test'
const header = 'X-Serverless-Authorization'
/** Workload identity federation, without the service account that it could act as. */
const workload = {
  type: 'external_account',
  audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  token_url: 'https://sts.googleapis.com/v1/token',
  credential_source: { file: '/nowhere' },
}
let metadata: MetadataServer

beforeEach(async () => {
  metadata = await MetadataServer.start()
  process.env['GCE_METADATA_HOST'] = metadata.host
  process.env['K_SERVICE'] = 'test'
})
afterEach(async () => {
  delete process.env['GCE_METADATA_HOST']
  delete process.env['K_SERVICE']
  delete process.env['GOOGLE_APPLICATION_CREDENTIALS']
  await metadata[Symbol.asyncDispose]()
})

function credentials(addSecrets: (secrets: readonly string[]) => void = () => undefined) {
  return withIdToken(tokenCredentials('jupyter'), { audience, addSecrets })
}

describe('withIdToken()', () => {
  test("sends Google's ID token with Jupyter's token, and alone in a probe", async () => {
    const give = credentials()
    const call = await give('call', neverAborts)
    const probe = await give('probe', neverAborts)
    const [token] = metadata.minted
    expect(call).toEqual({ Authorization: 'token jupyter', [header]: `Bearer ${token}` })
    expect(probe).toEqual({ [header]: `Bearer ${token}` })
    expect(metadata.minted).toHaveLength(1)
  })

  test('fetches a new token when less than five minutes are left', async () => {
    metadata.lifetimeSeconds = 299
    const give = credentials()
    await give('call', neverAborts)
    metadata.lifetimeSeconds = 310
    await give('call', neverAborts)
    await give('call', neverAborts)
    expect(metadata.minted).toHaveLength(2)
  })

  test('adds every secret part of the token to the redactor', async () => {
    const learnt: string[] = []
    await credentials((secrets) => learnt.push(...secrets))('call', neverAborts)
    const [token = ''] = metadata.minted
    expect(learnt).toEqual([token, ...token.split('.').slice(1)])
  })

  test.each([
    [404, 'IAM_REFUSED', 'Google refuses (404); run on Google Cloud as a service account'],
    [403, 'IAM_REFUSED', 'Google refuses (403)'],
    [503, 'IAM_UNREACHABLE', 'gives none at the moment (503)'],
  ])('explains the error of a metadata server that answers %d', async (status, code, said) => {
    metadata.fault = { status, body: 'secret' }
    const give = credentials()
    const error = await rejectionOf(give('call', neverAborts))
    expect(error).toMatchObject({ code })
    expect(error.message).toMatch(/^Cannot get a Google ID token for "https:\/\/jupyter.test": /)
    expect(error.message).toContain(said)
    expect(error.message).not.toContain('secret')
    metadata.fault = 'none'
    expect(await give('call', neverAborts)).toHaveProperty([header])
  })

  test.each([
    '',
    'hello',
    'a.b',
    '{"a":1}',
    'a.b.c',
    `a.${Buffer.from('"text"').toString('base64url')}.c`,
    `a.${Buffer.from('[1]').toString('base64url')}.c`,
    '<html><title>Sign in to this network</title></html>',
    'x'.repeat(1_000_000),
  ])('rejects %.20j as a token', async (body) => {
    metadata.fault = { status: 200, body }
    const give = credentials()
    const error = await rejectionOf(give('call', neverAborts))
    expect(error).toMatchObject({
      code: 'IAM_REFUSED',
      message: expect.stringMatching(/metadata server or token service gave none; see what GCE_/),
    })
    metadata.fault = 'none'
    expect(await give('call', neverAborts)).toHaveProperty([header])
  })

  test('sends no token for another audience, and names that audience', async () => {
    metadata.audience = 'https://other.test'
    const give = credentials()
    expect(await rejectionOf(give('call', neverAborts))).toMatchObject({
      code: 'IAM_REFUSED',
      message:
        `Cannot use the Google ID token that came for "${audience}": it is for ` +
        '"https://other.test"; check its issuer and the clock of this machine',
    })
    metadata.audience = null
    expect(await give('call', neverAborts)).toHaveProperty([header])
  })

  test('sends no expired token, but allows for clock skew', async () => {
    metadata.lifetimeSeconds = -3_600
    expect(await rejectionOf(credentials()('call', neverAborts))).toMatchObject({
      code: 'IAM_REFUSED',
      message: expect.stringMatching(/it expired at 20\S+Z by the clock of this machine; check/),
    })
    metadata.lifetimeSeconds = -60
    expect(await credentials()('call', neverAborts)).toHaveProperty([header])
  })

  test.each([
    { name: 'name a file that is not there', content: null },
    { name: 'are of a kind that gets no ID tokens', content: workload },
  ])('says what to do if the credentials $name', async ({ content }) => {
    await using folder = await ScratchFolder.make('credentials')
    const file = join(folder.path, 'credentials.json')
    if (content !== null) await writeFile(file, JSON.stringify(content))
    process.env['GOOGLE_APPLICATION_CREDENTIALS'] = file
    const error = await rejectionOf(credentials()('call', neverAborts))
    expect(error).toMatchObject({ code: 'IAM_REFUSED' })
    expect(error.message).toContain('there are no credentials here that get one; run on Google')
    expect(metadata.asked).toBe(0)
  })

  test('stops waiting for a silent metadata server when its signal aborts', async () => {
    metadata.fault = 'silence'
    const stop = new AbortController()
    const waiting = rejectionOf(credentials()('call', stop.signal))
    setImmediate(() => stop.abort(new Error('enough')))
    expect(await waiting).toMatchObject({ message: 'enough' })
  })
})

describe('accountOf()', () => {
  test('returns the account of the ID token in the headers', async () => {
    expect(accountOf(await credentials()('call', neverAborts))).toBe(functionAccount)
    expect(accountOf(await tokenCredentials('jupyter')('call', neverAborts))).toBeNull()
  })
})
