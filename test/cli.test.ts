import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import type { RunReport } from '../src/events.ts'
import { command, commandProgram, endOf, startCommand, startProgram } from './support/command.ts'
import { loadsTracebacks, telling } from './support/controlled_cells.ts'
import { FaultProxy } from './support/fault_proxy.ts'
import { JupyterServer } from './support/jupyter_server.ts'
import { describeWith } from './support/describe_with.ts'
import { Opened } from './support/opened.ts'
import { freePort } from './support/port.ts'
import { ScratchFolder } from './support/scratch_folder.ts'
import { until } from './support/until.ts'

const reference = '/workspaces/JupyterAPI_Test.ipynb'
const opened = new Opened()
let server: JupyterServer
let env: Readonly<Record<string, string>>

/** Written plainly, in a URL and in base64 it looks each time different. */
const token = 'q7/Zr+9w=K&m~4x.T%h2'

beforeAll(async () => {
  server = opened.use(await JupyterServer.start({ token }))
  env = { JUPYTER_TOKEN: token }
})
afterAll(() => opened[Symbol.asyncDispose]())

const reportIn = (stdout: string) => {
  expect(stdout.split('\n')).toEqual([expect.stringMatching(/^\{.*\}$/), ''])
  const report: RunReport = JSON.parse(stdout)
  return report
}

describe('a successful run', () => {
  test('prints only the result on stdout, and progress as plain lines on stderr', async () => {
    const { status, stdout, stderr } = await command([server.host, reference], env)
    expect(status).toBe(0)
    expect(stdout).toBe('{"data":{"text/plain":"15"},"metadata":{},"execution_count":3}\n')
    expect(stderr.split('\n')).toEqual([
      `Running ${reference} on http://${server.host}/`,
      'Kernel python3 started',
      expect.stringMatching(/^\[1\/3\] cell 1 \(.+\) \.\.\. ok \S+ s$/),
      expect.stringMatching(/^\[2\/3\] cell 2 \(.+\) \.\.\. ok \S+ s$/),
      expect.stringMatching(/^\[3\/3\] cell 3 \(.+\) \.\.\. ok \S+ s$/),
      expect.stringMatching(/^\/workspaces\/JupyterAPI_Test\.ipynb succeeded in \S+ s: 15$/),
      '',
    ])
    expect(await server.kernels()).toEqual([])
  })

  test('prints only the report with --json', async () => {
    const { status, stdout } = await command([server.host, reference, '--json'], env)
    expect(status).toBe(0)
    expect(reportIn(stdout)).toMatchObject({
      event: 'run_finished',
      outcome: 'succeeded',
      server: `http://${server.host}/`,
      notebook: reference,
      kernel: { name: 'python3' },
      kernelDeleted: true,
      result: { data: { 'text/plain': '15' }, execution_count: 3 },
    })
  })

  test('takes host and notebook from the environment', async () => {
    const places = { JUPYTER_SERVER: server.host, JUPYTER_NOTEBOOK: reference }
    const { status, stdout } = await command([], { ...env, ...places })
    expect([status, stdout]).toEqual([0, expect.stringContaining('"15"')])
  })

  test('finds a notebook whose path has spaces and letters of all kinds', async () => {
    const path = 'für Åsa/Q1 100% #2 数?.ipynb'
    await server.writeNotebook(path, ['print("found")'])
    const { status, stdout } = await command([server.host, path], env)
    expect([status, stdout]).toEqual([0, expect.stringContaining('found')])
  })

  test('finishes when its output pipe is closed early', async () => {
    await server.writeNotebook('long.ipynb', ['"x" * 1_000_000'])
    const script = 'set -o pipefail; "$@" | head -c 1'
    const args = [process.execPath, commandProgram, server.host, '/long.ipynb']
    await using child = await startProgram('bash', ['-c', script, 'bash', ...args], env)
    const { status, stdout, stderr } = await endOf(child)
    expect([status, stdout]).toEqual([0, '{'])
    expect(stderr).toMatch(/succeeded in \S+ s: 'xxx.*\n$/)
    expect(await server.kernels()).toEqual([])
  })

  test('runs to its end and exits with 3 when its output cannot be written', async () => {
    const script = '"$@" >/dev/full'
    const notebook = '/workspaces/JupyterAPI_Test.ipynb'
    const args = [process.execPath, commandProgram, server.host, notebook]
    await using child = await startProgram('bash', ['-c', script, 'bash', ...args], env)
    const { status, stderr } = await endOf(child)
    expect(status).toBe(3)
    expect(stderr).toContain('succeeded')
    expect(await server.kernels()).toEqual([])
  })
})

describe('a run that fails', () => {
  test('prints the traceback and no result when a cell fails', async () => {
    await server.writeNotebook('failing.ipynb', ['"before"', 'print("no"); 1/0', '"after"'])
    const { status, stdout, stderr } = await command([server.host, '/failing.ipynb'], env)
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toContain('[2/3] cell 1 (print("no"); 1/0) ... failed')
    expect(stderr).not.toContain('[3/3]')
    expect(stderr).toContain('----> 1 print("no"); 1/0')
    expect(stderr).toMatch(
      /failed in \S+ s: cell 1 \(print\("no"\); 1\/0\) raised ZeroDivisionError: division by zero \[CELL_FAILED\]\n/,
    )
    expect(stderr).not.toContain('\u001b')
    expect(await server.kernels()).toEqual([])
  })

  test.each([
    [['--unknown'], 'ARGUMENTS_INVALID', '"--unknown"'],
    [['--timeout', 'soon'], 'ARGUMENTS_INVALID', '"soon"'],
    [['third'], 'ARGUMENTS_INVALID', '"third"'],
    [['–verbose'], 'ARGUMENTS_INVALID', 'U+2013'],
  ])('exits with 2 when the arguments are invalid: %j', async (args, code, part) => {
    const { status, stdout, stderr } = await command([server.host, reference, ...args], env)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(part)
    expect(stderr).toContain(`[${code}]`)
  })

  test('exits with 2 when there are no arguments', async () => {
    const { status, stdout, stderr } = await command([], env)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^Usage: nbtrigger /)
    expect(stderr.split('\n').length).toBeLessThan(10)
  })

  test.each(['/x.ipynb', 'doctor'])(
    'exits with 2 when no server is named and none runs on this machine: %s',
    async (word) => {
      const { status, stdout, stderr } = await command([word], env)
      expect(status).toBe(2)
      expect(stdout + stderr).toContain(
        'the host is missing, and none of yours runs on this machine',
      )
    },
  )

  test.each([
    { args: ['docter', 'localhost'], meant: 'doctor' },
    { args: ['hlep'], meant: 'help' },
    { args: ['completions', 'bash'], meant: 'completion' },
  ])('exits with 2 and says which command was meant: $args', async ({ args, meant }) => {
    const { status, stdout, stderr } = await command(args, env)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(`there is no such command; did you mean "${meant}"?`)
  })

  test('says nothing else with --quiet', async () => {
    const args = [server.host, '/nowhere.ipynb', '--quiet', '--verbose']
    const { status, stdout, stderr } = await command(args, env)
    expect([status, stdout]).toEqual([3, ''])
    expect(stderr).toMatch(/^\/nowhere\.ipynb could not run: .*\[NOTEBOOK_NOT_FOUND\]\n$/)
  })

  test('exits with 2 when there is no token', async () => {
    const { status, stdout, stderr } = await command([server.host, reference], {})
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain('JUPYTER_TOKEN')
    expect(stderr).toContain('[TOKEN_MISSING]')
  })

  test('exits with 3 within --start-timeout when there is no server', async () => {
    const args = [`127.0.0.1:${await freePort()}`, reference, '--start-timeout', '1', '--json']
    const { status, stdout } = await command(args, env)
    expect(status).toBe(3)
    const report = reportIn(stdout)
    expect(report).toMatchObject({ kernel: null, error: { code: 'SERVER_UNREACHABLE' } })
    expect(report.error?.message).toContain('connection refused')
    expect(report.durationMs).toBeLessThan(15_000)
  })

  test('exits with 3 within seconds when nothing listens at a port of this machine', async () => {
    const args = [`127.0.0.1:${await freePort()}`, reference, '--json']
    const { status, stdout } = await command(args, env)
    expect(status).toBe(3)
    const report = reportIn(stdout)
    expect(report).toMatchObject({ error: { code: 'SERVER_NOT_FOUND', retryable: false } })
    expect(report.error?.message).toContain('connection refused')
    expect(report.durationMs).toBeLessThan(25_000) // --start-timeout is 75 s
  })

  test('exits with 3 when the notebook is missing', async () => {
    const { status, stdout } = await command([server.host, '/none.ipynb', '--json'], env)
    expect(status).toBe(3)
    expect(reportIn(stdout)).toMatchObject({ error: { code: 'NOTEBOOK_NOT_FOUND' } })
  })

  test.each([
    ['“/echo.ipynb”', 2, 'U+201C (left double quotation mark), not "; type "'],
    [
      '/echo\u200b.ipynb',
      3,
      '"/echo<U+200B>.ipynb": the server has no such file; it contains U+200B',
    ],
    ['/echo\u00a0.ipynb', 3, 'U+00A0 (no-break space), which only looks like a space'],
    ['–json', 2, 'U+2013'],
  ])('names the look-alike character in %j', async (word, status, part) => {
    const args = word.startsWith('/') ? [server.host, word] : [word]
    const run = await command(args, { ...env, JUPYTER_SERVER: server.host })
    expect(run.status).toBe(status)
    expect(run.stderr).toContain(part)
  })

  test('refuses a file that is not UTF-8, and gives the position', async () => {
    await using folder = await ScratchFolder.make('latin1')
    const file = join(folder.path, 'latin1.yaml')
    await writeFile(file, Buffer.from('v: M\xfcller\n', 'latin1'))
    const run = await command([server.host, reference, '-f', file], env)
    expect(run.status).toBe(2)
    expect(run.stderr).toContain('it is not UTF-8 text: byte 5 of 10 (0xFC, on line 1)')
  })

  test('exits with 3 when the token is wrong', async () => {
    const wrong = { JUPYTER_TOKEN: 'wrong' }
    const { status, stdout } = await command([server.host, reference, '--json'], wrong)
    expect(status).toBe(3)
    expect(reportIn(stdout)).toMatchObject({ kernel: null, error: { code: 'TOKEN_REFUSED' } })
  })

  test('exits with 3 and deletes the kernel when --timeout is reached', async () => {
    await server.writeNotebook('endless.ipynb', ['while True: pass'])
    const args = [server.host, '/endless.ipynb', '--timeout', '3', '--json']
    const { status, stdout } = await command(args, env)
    expect(status).toBe(3)
    expect(reportIn(stdout)).toMatchObject({
      outcome: 'timed_out',
      kernelDeleted: true,
      error: { code: 'RUN_TIMED_OUT' },
    })
  })
})

/** Prints what its source, which is shown before it runs, does not hold. */
const endless = 'print("g" + "o", flush=True)\nwhile True: pass'

/** What a run leaves that was interrupted in its second cell. */
const interruptedReport = {
  outcome: 'cancelled',
  kernelDeleted: true,
  cells: { total: 2, executed: 2, skipped: 0, failed: 1 },
  error: { code: 'CANCELLED', cell: { index: 1 }, ename: 'KeyboardInterrupt' },
}

/** A command whose kernel does not heed the first Ctrl-C. */
async function startDeaf() {
  const ignore = 'signal.signal(signal.SIGINT, signal.SIG_IGN)'
  const { cell, begun } = telling(server, 'time.sleep(60)')
  await server.writeNotebook('deaf.ipynb', [`import signal, time; ${ignore}\n${cell}`])
  const child = opened.use(await startCommand([server.host, '/deaf.ipynb'], env))
  await child.untilLine(/^\[1\/1\] cell 0/)
  await begun()
  process.kill(child.pid, 'SIGINT')
  const [{ id } = { id: '' }] = await server.kernels()
  const interrupted = `Kernel interrupted: ${id}`
  await until('the interrupt', () => server.output.includes(interrupted) || undefined)
  return { child, id }
}

describe('Ctrl-C', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('ends the cell and the kernel: %s', async (signal) => {
    await server.writeNotebook('endless.ipynb', [loadsTracebacks, endless])
    const args = [server.host, '/endless.ipynb', '--json', '--verbose']
    await using child = await startCommand(args, env)
    await child.untilLine(/^go$/)
    process.kill(child.pid, signal)
    const { status, stdout } = await endOf(child, 30_000)
    expect(status).toBe(130)
    expect(reportIn(stdout)).toMatchObject(interruptedReport)
    expect(await server.kernels()).toEqual([])
  })

  test('ends a run that is waiting for its server', async () => {
    const args = [`127.0.0.1:${await freePort()}`, reference, '--json']
    await using child = await startCommand(args, env)
    await child.untilLine(/^Waiting for the server/)
    process.kill(child.pid, 'SIGINT')
    const { status, stdout } = await endOf(child, 10_000)
    expect(status).toBe(130)
    expect(reportIn(stdout)).toMatchObject({ outcome: 'cancelled', kernelDeleted: null })
  })

  test.each(['SIGTERM', 'SIGHUP'] as const)('has no such effect as a second %s', async (signal) => {
    const { child } = await startDeaf()
    process.kill(child.pid, signal)
    const { status, stderr } = await endOf(child, 20_000)
    expect(status).toBe(130)
    expect(stderr).not.toContain('Stopped at once')
    // The command waits 5 s at most for the deletion, which Jupyter goes on with.
    await until('no kernel', async () => (await server.kernels()).length === 0 || undefined)
  })

  test('names the server whose kernel was starting when pressed twice', async () => {
    await using proxy = await FaultProxy.start(server.host)
    proxy.rule = (line) => (line.startsWith('POST ') ? 'hang' : 'pass')
    await using child = await startCommand([proxy.host, reference], env)
    const isAsked = () => proxy.requests.some((line) => line.startsWith('POST ')) || undefined
    await child.until('the start of a kernel', isAsked)
    process.kill(child.pid, 'SIGINT')
    await pause(300) // two signals at once may be one
    process.kill(child.pid, 'SIGINT')
    const { status, stderr } = await endOf(child, 8_000)
    const place = `http://${proxy.host}/`
    expect([status, stderr]).toEqual([
      130,
      expect.stringContaining(
        `Stopped at once; a kernel "python3" that was starting may stay on ${place}; ` +
          'see which kernels there are with: curl ',
      ),
    ])
  })
})

describeWith('curl', 'Ctrl-C, pressed twice,', () => {
  test('ends the run at once, and names the kernel that is left', async () => {
    const { child, id } = await startDeaf()
    process.kill(child.pid, 'SIGINT')
    const { status, stdout, stderr } = await endOf(child, 10_000)
    expect([status, stdout]).toEqual([130, ''])
    expect(stderr).toContain(
      `Stopped at once; the kernel ${id} ("python3") may still run on ${server.url}/; ` +
        'delete it with: curl -X DELETE -H "Authorization: token $JUPYTER_TOKEN" ' +
        `${server.url}/api/kernels/${id}\n`,
    )
    const [, deletion = ''] = /delete it with: (.*)/.exec(stderr) ?? []
    await using curl = await startProgram('sh', ['-c', `${deletion} -sf`], env)
    expect((await endOf(curl)).status).toBe(0)
    expect(await server.kernels()).toEqual([])
  })
})

describe('SIGHUP', () => {
  test('is ignored when no stream is a terminal, as under nohup', async () => {
    await server.writeNotebook('waits.ipynb', ['import time\ntime.sleep(2)', '"held"'])
    const args = [process.execPath, commandProgram, server.host, '/waits.ipynb']
    await using child = await startProgram('nohup', args, env)
    await child.untilLine(/^\[1\/2\] cell 0/)
    process.kill(child.pid, 'SIGHUP') // what a terminal sends to all that was started in it
    await pause(300)
    process.kill(child.pid, 'SIGHUP')
    const { status, stdout } = await endOf(child, 20_000)
    expect([status, stdout]).toEqual([0, expect.stringContaining("'held'")])
  })

  test('ends the run in an orderly way when the terminal is closed', async () => {
    await server.writeNotebook('endless.ipynb', [loadsTracebacks, endless])
    await using folder = await ScratchFolder.make('closed')
    const report = join(folder.path, 'report.json')
    const args = `${process.execPath} ${commandProgram} ${server.host} /endless.ipynb --json --verbose`
    const program = `
import os, pty, signal, sys
pid, terminal = pty.fork()
if pid == 0: os.execvp("sh", ["sh", "-c", sys.argv[1]])
seen = b""
while b"go" not in seen: seen += os.read(terminal, 1024)
os.close(terminal)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))`
    const closed = ['-c', program, `exec ${args} > "${report}"`]
    await using child = await startProgram('python3', closed, { ...env, TERM: 'xterm' })
    expect((await endOf(child, 20_000)).status).toBe(130)
    expect(reportIn(await readFile(report, 'utf8'))).toMatchObject(interruptedReport)
    expect(await server.kernels()).toEqual([])
  })
})

describe('information', () => {
  test('--help prints the arguments, whatever else is given', async () => {
    const { status, stdout, stderr } = await command(['--help', '--wrong'], {})
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^Runs a Jupyter notebook .*\n\nUsage: nbtrigger \[HOST\[:PORT\]\]/)
    expect(stdout).toMatch(/[^\n]\n$/)
  })

  test('--version prints the version', async () => {
    const { status, stdout } = await command(['--version'], {})
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)])
  })
})

describe('the token', () => {
  const spellings = [
    token,
    encodeURIComponent(token),
    Buffer.from(token).toString('base64'),
    Buffer.from(`:${token}`).toString('base64'),
  ]
  const reveal = [
    'import os, sys, base64, urllib.parse',
    't = os.environ["JUPYTER_TOKEN"]',
    'print(os.environ); print(dict(os.environ), file=sys.stderr)',
    'print(base64.b64encode(t.encode()), base64.b64encode(b":" + t.encode()).decode())',
    'print(urllib.parse.quote(t), urllib.parse.quote_plus(t), urllib.parse.urlencode({"t": t}))',
    'sys.stdout.write(t[:7]); sys.stdout.flush()',
    'import time; time.sleep(0.3); print(t[7:])',
    'print("shown", len(t))',
  ].join('\n')

  test.each([
    { name: 'a value', last: 't', expected: 0 },
    { name: 'an error', last: 'raise ValueError(t)', expected: 1 },
  ])('is masked everywhere when cells print it and it is in $name', async ({ last, expected }) => {
    await server.writeNotebook('reveals.ipynb', [reveal, last])
    const args = [server.host, '/reveals.ipynb', '--verbose', '--json']
    const { status, stdout, stderr } = await command(args, env)
    expect(status).toBe(expected)
    expect(stderr).toContain(`shown ${token.length}`)
    expect(stdout + stderr).toContain('[redacted]')
    for (const spelling of spellings) expect(stdout + stderr).not.toContain(spelling)
    expect(stderr).not.toContain(token.slice(7))
  })
})

describe('on a terminal', () => {
  test('shows a progress line, then removes it and leaves the summary and the result', async () => {
    const bar = `import os, time
print("\\r 40%", end="", flush=True)
while not os.path.exists("seen"): time.sleep(0.02)`
    await server.writeNotebook('slow.ipynb', ['1', bar, 'print("one\\ntwo")'])
    await using child = await startOnTerminal([server.host, '/slow.ipynb'])
    await child.until('the progress of the cell', () => child.stdout.includes('40%') || undefined)
    await writeFile(join(server.root, 'seen'), '')
    const { status, stdout } = await endOf(child)
    expect(status).toBe(0)
    expect(stdout).toMatch(/1\/3 cells · running cell 1: import os, time · 40% · \d+\.\d s of \d+/)
    expect(stdout).toContain('▰▱▱')
    expect(afterLastErasure(stdout).split('\r\n')).toEqual([
      expect.stringMatching(/^\/slow\.ipynb succeeded in \S+ s$/),
      'one',
      'two',
      '',
    ])
  })

  test('prints the report as JSON with --json, and a failure in one sentence', async () => {
    await server.writeNotebook('fails.ipynb', ['1/0'])
    const { status, stdout } = await onTerminal([server.host, '/fails.ipynb', '--json'])
    expect(status).toBe(1)
    const lines = afterLastErasure(stdout).split('\r\n')
    expect(lines.at(-3)).toMatch(
      /^\/fails.ipynb failed in \S+ s: cell 0 \(1\/0\) raised ZeroDivisionError: .* \[CELL_FAILED\]$/,
    )
    expect(JSON.parse(lines.at(-2) ?? '')).toMatchObject({ outcome: 'failed' })
  })
})

async function startOnTerminal(args: readonly string[]) {
  const program =
    'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))'
  const run = [process.execPath, commandProgram, ...args]
  const terminal = { ...env, TERM: 'xterm-256color', TERM_PROGRAM: '', LC_TERMINAL: '' }
  return await startProgram('python3', ['-c', program, ...run], terminal)
}

async function onTerminal(args: readonly string[]) {
  await using child = await startOnTerminal(args)
  return await endOf(child)
}

/** What is on the screen in the end. */
function afterLastErasure(output: string): string {
  const parts = output.split('\u001b[2K\u001b[G')
  expect(parts.length).toBeGreaterThan(3)
  return stripVTControlCharacters(parts.at(-1) ?? '')
}
