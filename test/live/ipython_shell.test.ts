import { describe, expect, test } from '@jest/globals'
import { askHowItEnded } from '../../src/execution/reply_check.ts'
import { recoverResult } from '../../src/execution/result.ts'
import type { Kernel } from '../../src/jupyter/kernel.ts'
import type { ExecuteReply } from '../../src/jupyter/messages.ts'
import { describeWith } from '../support/describe_with.ts'
import type { JupyterOptions } from '../support/jupyter_process.ts'
import { JupyterServer } from '../support/jupyter_server.ts'
import { executeSource, startKernel } from '../support/live_kernel.ts'
import { neverAborts } from '../support/observe.ts'

const overwritten: readonly string[] = [
  'get_ipython = None',
  '__import__ = None',
  'sys = IPython = builtins = None',
  'In = Out = _ = __ = ___ = None',
  'object = type = str = list = tuple = next = getattr = None',
  't = self = None',
  '__builtins__ = None',
  'class M(type):\n  @property\n  def __name__(cls): raise ValueError\nclass Z(metaclass=M): pass',
  'import builtins; builtins.get_ipython = None',
  'import IPython; IPython.get_ipython = IPython.core.getipython.get_ipython = None',
]

describe('a notebook that redefines names, on a current server', () => holdsOn({}))
describeWith('debian-jupyter', 'a notebook that redefines names, on Debian', () =>
  holdsOn({ kind: 'debian', pythonKernel: 'quick' }),
)

function holdsOn(options: JupyterOptions): void {
  test('its last value and the end of its last cell are recovered', async () => {
    await using server = await JupyterServer.start(options)
    await using kernel = await startKernel(server)
    for (const code of overwritten) await executeSource(kernel, code)
    const { end } = await executeSource(kernel, '5 + 10')
    const result = await recoverResult(kernel, end.reply?.executionCount ?? null, neverAborts)
    expect(result).toMatchObject({ data: { 'text/plain': '15' } })
    expect(await askedAgain(kernel)).toMatchObject({ status: 'ok' })
    await executeSource(kernel, '1/0')
    expect(await askedAgain(kernel)).toMatchObject({ error: { ename: 'ZeroDivisionError' } })
  })
}

async function askedAgain(kernel: Kernel): Promise<ExecuteReply> {
  const request = askHowItEnded(kernel)
  for (;;) {
    const message = await kernel.next(neverAborts)
    if (message.type !== 'execute_reply' || message.parentId !== request) continue
    if (message.status !== 'aborted') return message
    return askedAgain(kernel)
  }
}
