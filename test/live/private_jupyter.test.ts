import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { inBackground } from '../support/in_background.ts'
import { Certificate } from '../support/certificate.ts'
import { command } from '../support/command.ts'
import { runCommand } from '../support/command_run.ts'
import { deliver } from '../support/deliver.ts'
import { describeWith } from '../support/describe_with.ts'
import { FunctionProcess } from '../support/function_process.ts'
import { HttpFunction } from '../support/http_function.ts'
import { IamFront } from '../support/iam_front.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { functionAccount, MetadataServer } from '../support/metadata_server.ts'
import { Opened } from '../support/opened.ts'
import { until } from '../support/until.ts'
import { expectNoKernel } from './faults/cells.ts'
import { having } from './faults/fault_table.ts'

const reference = '/workspaces/JupyterAPI_Test.ipynb'

/** Waits for the file, so that the test can act in the middle of the run. */
const wait = (file: string) =>
  `import os, time\nwhile not os.path.exists("${file}"): time.sleep(0.05)`

describeWith('openssl', 'a Jupyter Server behind the IAM of Cloud Run', () => {
  const opened = new Opened()
  let jupyter: JupyterServer
  let certificate: Certificate
  let metadata: MetadataServer
  let front: IamFront
  let running: FunctionProcess

  beforeAll(async () => {
    jupyter = opened.use(await JupyterServer.start())
    certificate = opened.use(await Certificate.make())
    metadata = opened.use(await MetadataServer.start())
    front = opened.use(await IamFront.start({ target: jupyter.host, metadata, certificate }))
    running = opened.use(await FunctionProcess.start({ env: environment() }))
  })
  afterAll(() => opened[Symbol.asyncDispose]())

  beforeEach(() => {
    front.invokers.add(functionAccount)
    front.audience = null
    front.requests.length = 0
    Object.assign(metadata, { lifetimeSeconds: 3600, audience: null, fault: 'none' })
    metadata.minted.length = 0
  })

  /** What the function has on Google Cloud, and the command in a job there. */
  function environment() {
    return {
      JUPYTER_SERVER: front.host,
      JUPYTER_TOKEN: jupyter.token,
      NBTRIGGER_AUTH: 'iam',
      GCE_METADATA_HOST: metadata.host,
      NODE_EXTRA_CA_CERTS: certificate.cert,
    }
  }

  function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const onGoogle = { K_SERVICE: 'nbtrigger', ...environment(), ...env }
    return runCommand([front.host, ...args, '--use-https'], {
      token: jupyter.token,
      env: onGoogle,
    })
  }

  test('a message runs its notebook, and every request has both tokens', async () => {
    const { answer, report } = await deliver(running, `${reference} --use-https`)
    expect(answer).toBe(204)
    const result = { data: { 'text/plain': '15' } }
    expect(report).toMatchObject({ outcome: 'succeeded', kernelDeleted: true, result })
    const [probe, ...calls] = front.requests
    const idToken = `Bearer ${metadata.minted[0]}`
    expect(probe).toMatchObject({ line: 'GET /api' })
    expect(probe?.headers.authorization).toBeUndefined()
    expect(probe?.headers['x-serverless-authorization']).toBe(idToken)
    for (const { headers } of calls) {
      expect(headers).toMatchObject({
        authorization: `token ${jupyter.token}`,
        'x-serverless-authorization': idToken,
        cookie: 'GAESA=instance-1',
      })
    }
    expect(calls.map(({ line }) => line)).toContainEqual(having('/channels?session_id='))
    expect(metadata.minted).toHaveLength(1)
    await expectNoKernel(jupyter)
  })

  test('an HTTP request gets through to it', async () => {
    await using requests = await HttpFunction.start(environment())
    const host = `${front.host} ${reference} --use-https`
    const order = {
      method: 'POST',
      path: '/',
      headers: { 'Content-Type': 'text/plain' },
      body: host,
    }
    const { status, text } = await requests.call(order)
    expect(status).toBe(200)
    expect(JSON.parse(text)).toMatchObject({ outcome: 'succeeded' })
    expect(requests.process.output).not.toContain(metadata.minted[0])
    for (const { headers } of front.requests) {
      expect(headers['x-serverless-authorization']).toBe(`Bearer ${metadata.minted[0]}`)
    }
  })

  test('the ID token is masked everywhere, even when the notebook prints it', async () => {
    await jupyter.writeNotebook('print.ipynb', [
      wait('token.txt'),
      'token = open("token.txt").read()\nprint(token)',
      'import base64; print(token.split(".")[1], base64.b64encode(token.encode()).decode())',
      'raise ValueError(token.split(".")[2])',
    ])
    const args = ['/print.ipynb', '--verbose', '-o', '/executed.ipynb']
    const ended = inBackground(deliver(running, `${args.join(' ')} --use-https`))
    const token = await until('a token', () => metadata.minted[0])
    await writeFile(join(jupyter.root, 'token.txt'), token)
    const { report } = await ended
    expect(report).toMatchObject({ outcome: 'failed', error: { evalue: '[redacted]' } })
    const stored = await readFile(join(jupyter.root, 'executed.ipynb'), 'utf8')
    const shown = [stored, running.output].join('\n')
    expect(shown).toContain('[redacted] [redacted]')
    const encoded = Buffer.from(token).toString('base64')
    for (const part of [...token.split('.').slice(1), encoded]) expect(shown).not.toContain(part)
  })

  test('a run outlasts its token, and reconnects', async () => {
    metadata.lifetimeSeconds = 240 // the library takes what ends so soon once only
    await jupyter.writeNotebook('long.ipynb', [wait('go.txt'), '"all well"'])
    const ended = inBackground(run(['/long.ipynb']))
    await until('a WebSocket', () => front.requests.find(isUpgrade))
    await until(
      'a cell',
      async () => (await jupyter.kernels())[0]?.execution_state === 'busy' || undefined,
    )
    metadata.aheadSeconds += 3600
    expect(front.cut()).toBe(1)
    await until('a second WebSocket', () => front.requests.filter(isUpgrade)[1])
    await writeFile(join(jupyter.root, 'go.txt'), '')
    const { report } = await ended
    expect(report).toMatchObject({ outcome: 'succeeded', kernelDeleted: true })
    expect(report.result?.data).toEqual({ 'text/plain': "'all well'" })
  })

  test('the error names an account without the role, and the role', async () => {
    front.invokers.clear()
    const { report, status } = await run([reference])
    expect(status).toBe(3)
    expect(report.error).toMatchObject({
      code: 'IAM_REFUSED',
      message: having(`(403); give "${functionAccount}" the role roles/run.invoker on the service`),
    })
  })

  test('a token that the service rejects leads to an error that names the right address', async () => {
    front.audience = 'https://jupyter.own-domain.test'
    const { report } = await run([reference])
    expect(report.error).toMatchObject({
      code: 'IAM_REFUSED',
      message: having(`(401); it does not take the ID token of "${functionAccount}"`),
    })
  })

  test.each<[string, () => void, string]>([
    [
      'for another service',
      () => (metadata.audience = 'https://other.test'),
      'it is for "https://other.test"; check its issuer',
    ],
    ['that is over', () => (metadata.lifetimeSeconds = -10_000), 'it expired at '],
    [
      'that is none',
      () => (metadata.fault = { status: 200, body: '<html>Sign in</html>' }),
      'metadata server or token service gave none',
    ],
  ])('a token %s is not sent, and the error says so at once', async (_, spoil, said) => {
    spoil()
    const { report, status } = await run([reference])
    expect(status).toBe(3)
    expect(report.error).toMatchObject({ code: 'IAM_REFUSED', message: having(said) })
    expect(front.requests).toEqual([])
  })

  test('a slow issuer is named by the error, within --start-timeout', async () => {
    metadata.fault = 'silence'
    const { report, status, seconds } = await run([reference, '--start-timeout', '4'])
    expect(status).toBe(3)
    expect(report.error).toMatchObject({
      code: 'IAM_UNREACHABLE',
      message: having('Google did not answer within 4 s (--start-timeout)'),
    })
    expect(seconds).toBeLessThan(40)
    expect(front.requests).toEqual([])
  })

  test('without a token the error says how to send one', async () => {
    const { report } = await run([reference], { NBTRIGGER_AUTH: 'none' })
    expect(report.error).toMatchObject({
      code: 'IAM_REFUSED',
      message: having('(403); set NBTRIGGER_AUTH=iam'),
    })
    expect(metadata.minted).toEqual([])
  })

  test('the doctor reaches it, and leaves no kernel', async () => {
    const args = ['doctor', front.host, reference, '--use-https']
    const { stdout, status } = await command(args, { K_SERVICE: 'nbtrigger', ...environment() })
    expect(status).toBe(0)
    expect(stdout).toContain(`ID token    good     Google gives one for "${functionAccount}"\n`)
    expect(stdout).toMatch(/^kernel {6}good /m)
    for (const token of metadata.minted) expect(stdout).not.toContain(token)
    await expectNoKernel(jupyter)
  })

  test.each<[string, () => void, string, string]>([
    [
      'an account without the role',
      () => front.invokers.clear(),
      'access',
      '; give ".*" the role roles/run\\.invoker on the service',
    ],
    [
      'a metadata server that is down',
      () => (metadata.fault = { status: 503 }),
      'ID token',
      'gives none at the moment \\(503\\); try again in a minute',
    ],
  ])('the doctor and a run report %s', async (_, spoil, check, text) => {
    spoil()
    const env = { K_SERVICE: 'nbtrigger', ...environment() }
    const args = [front.host, reference, '--use-https', '--start-timeout', '1']
    const { stdout, status } = await command(['doctor', ...args], env)
    expect(status).toBe(3)
    expect(stdout).toMatch(new RegExp(`^${check} +bad .*${text}`, 'm'))
    expect(stdout.match(/ bad {6}/g)).toHaveLength(1)
    const { stderr } = await command(args, env)
    expect(stderr).toMatch(new RegExp(`^Diagnosis: .*${check}: `, 'm'))
    expect(stderr.match(new RegExp(text, 'g'))).toHaveLength(1) // by the diagnosis or by the error
  })

  test('a short failure of the metadata server does not end the run', async () => {
    metadata.fault = { status: 503 }
    const { asked } = metadata
    const ended = inBackground(run([reference]))
    await until('a question', () => metadata.asked > asked || undefined)
    metadata.fault = 'none'
    expect((await ended).report).toMatchObject({ outcome: 'succeeded' })
  })

  test('a lasting failure of the metadata server has the message delivered again', async () => {
    metadata.fault = { status: 503 }
    const args = `${reference} --use-https --start-timeout 3`
    const { answer, report } = await deliver(running, args)
    expect(answer).toBe(500)
    expect(report).toMatchObject({ error: { code: 'IAM_UNREACHABLE', retryable: true } })
    expect(front.requests).toEqual([])
  })

  test('without Google credentials the error says at once how to get some', async () => {
    const env = { K_SERVICE: '', METADATA_SERVER_DETECTION: 'none', HOME: jupyter.root }
    const { report, seconds } = await run([reference], env)
    expect(report.error).toMatchObject({
      code: 'IAM_REFUSED',
      message: having('there are no credentials here that get one; run on Google Cloud'),
    })
    expect(seconds).toBeLessThan(40)
    expect(front.requests).toEqual([])
  })
})

function isUpgrade({ line }: { readonly line: string }): boolean {
  return line.includes('/channels?')
}
