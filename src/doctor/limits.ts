import { RunError } from '../errors.ts'
import type { Kernel } from '../jupyter/kernel.ts'
import type { KernelMessage } from '../jupyter/messages.ts'
import { deadline } from '../util/abort.ts'
import { isRecord } from '../util/record.ts'
import { type Check, pass, type CheckResult, skipped, warning } from './check.ts'
import type { DoctorContext } from './context.ts'
import { isAtLeast } from './server.ts'

/**
 * Python that prints where the kernel's parent, the Jupyter Server, was told to cull idle kernels:
 * on its command line, else in a file of its configuration, in the order in which they count. It
 * reads that one setting and nothing else; `null` when the parent is no Jupyter.
 */
const cullingCode = `
def nbtrigger_look():
    import glob, json, os, re, sys

    def text_of(path):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    words = text_of(f"/proc/{os.getppid()}/cmdline").split("\\0")
    if not any("jupyter" in word for word in words):
        return None
    home = os.environ.get("JUPYTER_CONFIG_DIR") or os.path.expanduser("~/.jupyter")
    more = os.environ.get("JUPYTER_CONFIG_PATH", "").split(os.pathsep)
    prefixes = [os.path.dirname(os.path.dirname(words[0])), sys.prefix]
    own = [os.path.join(prefix, "etc/jupyter") for prefix in prefixes]
    folders = [home, *filter(None, more), *own, "/usr/local/etc/jupyter", "/etc/jupyter"]
    files = [word.split("=", 1)[1] for word in words if word.startswith("--config=")]
    for folder in folders:
        for name in ("jupyter_server_config", "jupyter_notebook_config", "jupyter_config"):
            files += [os.path.join(folder, name + ending) for ending in (".json", ".py")]
            files += sorted(glob.glob(os.path.join(glob.escape(folder), name + ".d", "*.json")))
    places = [("the command line", "\\n".join(words)), *((file, text_of(file)) for file in files)]
    for place, text in places:
        lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
        found = re.search(r"""cull_idle_timeout["']?\\s*[=:]\\s*([^\\s,}]+)""", "\\n".join(lines))
        if found:
            return {"value": found[1], "place": place}
    return {"value": None, "place": ""}

import json
print()
print(json.dumps(nbtrigger_look()))
`

/**
 * Whether the server ends kernels that nobody uses. Jupyter's API does not tell; a Python kernel on
 * the same machine can look at how the server was started.
 */
export const cullingCheck: Check = {
  name: 'culling',
  needs: ['kernel'],
  examine: lookForCulling,
  advice: 'start the server with --MappingKernelManager.cull_idle_timeout=900',
}

const lookMs = 10_000
const question: Question = { code: cullingCode, isAll: ({ text }) => text.trim() !== '' }

async function lookForCulling(
  { findings }: DoctorContext,
  signal: AbortSignal,
): Promise<CheckResult> {
  const { kernel } = findings
  const { advice } = cullingCheck
  if (kernel?.implementation !== 'ipython') return untold('the kernel is no Python')
  using limit = deadline(lookMs, cullingTimedOut, signal)
  const { text } = await listen(kernel, question, limit.signal)
  const seen = readSeen(text)
  if (seen === null) return untold('the kernel does not see the process of its server')
  if (seen.value === null) {
    return warning('is off, as it is unless the server is told otherwise', advice)
  }
  const seconds = Number(seen.value)
  if (Number.isNaN(seconds)) return pass(`is set in ${seen.place}`)
  if (seconds > 0) return pass(`kernels idle for ${seconds} s are ended (${seen.place})`)
  return warning(`is turned off in ${seen.place}`, advice)
}

function untold(reason: string): CheckResult {
  return skipped(`cannot be told from outside: ${reason}`, `to be sure, ${cullingCheck.advice}`)
}

interface Seen {
  /** As it is written there; null when it is not set. */
  readonly value: string | null
  readonly place: string
}

/** The last line is ours. */
function readSeen(text: string): Seen | null {
  try {
    const seen: unknown = JSON.parse(text.trim().split('\n').at(-1) ?? '')
    if (!isRecord(seen) || typeof seen['place'] !== 'string') return null
    const { value, place } = seen
    return { value: typeof value === 'string' ? value : null, place }
  } catch {
    return null
  }
}

function cullingTimedOut(): RunError {
  const message = `Cannot look for culling: the kernel did not answer within ${lookMs / 1000} s`
  return new RunError('CONNECTION_LOST', message)
}

/** Whether the server drops output that comes fast: by trial, with more than its usual limits allow. */
export const rateLimitCheck: Check = {
  name: 'rate limit',
  needs: ['kernel'],
  examine: tryBursts,
  advice: 'look at the output of a cell that prints much',
}

const trialMs = 30_000
const burstBytes = 3_500_000

interface Bursts {
  /** Prints 3.5 MB at once; the server's usual limit is 3 MB in 3 s. */
  readonly bytes: string
  /** Makes 3200 messages; the server's usual limit is 3000 in 3 s. */
  readonly messages: string | null
}

const python: Bursts = {
  bytes: `print("x" * ${burstBytes})`,
  messages:
    'from IPython.display import display\n' +
    'for _ in range(3200): display({"text/plain": ""}, raw=True)',
}
const javascript: Bursts = { bytes: `console.log("x".repeat(${burstBytes}))`, messages: null }

/** By the kernel's language. */
const bursts: Readonly<Record<string, Bursts>> = {
  python,
  r: { bytes: `cat(strrep("x", ${burstBytes}))`, messages: null },
  julia: { bytes: `print("x"^${burstBytes})`, messages: null },
  typescript: javascript,
  javascript,
}

async function tryBursts({ findings }: DoctorContext, signal: AbortSignal): Promise<CheckResult> {
  const { kernel, kernelspecs, kernelspec = '', version = '2.21' } = findings
  if (kernel === undefined) return skipped('no kernel was started')
  const isNew = isAtLeast(version, 2, 0)
  const flag = `--${isNew ? 'ZMQChannelsWebsocketConnection' : 'ServerApp'}.limit_rate=False`
  const advice = `start the server with ${flag}`
  const burst = bursts[kernelspecs?.languages.get(kernelspec) ?? '']
  if (burst === undefined) return skipped(`no trial is known for "${kernelspec}"`, advice)
  using limit = deadline(trialMs, rateLimitTimedOut, signal)
  const first = await listen(kernel, { code: burst.bytes, isAll: isWhole }, limit.signal)
  if (!isWhole(first)) {
    return skipped('cannot be told from outside: the output of the trial did not come', advice)
  }
  const isOver = first.limited !== null || burst.messages === null
  const second = isOver
    ? first
    : await listen(kernel, { code: burst.messages, isAll: isAlwaysWhole }, limit.signal)
  if (second.limited !== null) {
    return warning(`the server drops output above a ${second.limited} rate`, advice)
  }
  const tried = burst.messages === null ? '3.5 MB' : '3.5 MB, and 3200 messages,'
  return pass(`${tried} at once came through`)
}

function isWhole({ text, limited }: Heard): boolean {
  return limited !== null || text.length >= burstBytes
}

/** What was printed before is known to have come by now, or a notice in its place. */
function isAlwaysWhole(): boolean {
  return true
}

function rateLimitTimedOut(): RunError {
  return new RunError(
    'CONNECTION_LOST',
    `Cannot try the rate limit: 3.5 MB took longer than ${trialMs / 1000} s`,
  )
}

/** What came of code that ran in the doctor's own kernel. */
interface Heard {
  /** What it printed. */
  readonly text: string
  /** What the server said it drops: "data" or "message" rate; null when it dropped nothing. */
  readonly limited: string | null
}

interface Question {
  readonly code: string
  /** Whether all has come that is expected. */
  readonly isAll: (heard: Heard) => boolean
}

/** Some kernels are idle before what they printed has come. */
const lateMs = 3_000

/** Runs code in the kernel and listens until it is over. */
export async function listen(
  kernel: Kernel,
  { code, isAll }: Question,
  signal: AbortSignal,
): Promise<Heard> {
  let heard: Heard = { text: '', limited: null }
  const onMessage = (message: KernelMessage, isAnswer: boolean) => {
    if (isAnswer) heard = withMessage(heard, message, kernel)
  }
  // Not silently: some kernels print nothing then.
  await kernel.request(code, { onMessage, signal })
  using late = deadline(lateMs, nothingMore, signal)
  while (!isAll(heard) && !late.signal.aborted) {
    const message = await kernel.next(late.signal).catch((error: unknown) => {
      if (late.signal.aborted && !signal.aborted) return null
      throw error
    })
    if (message !== null) onMessage(message, true) // nothing else has run in the doctor's kernel
  }
  signal.throwIfAborted()
  return heard
}

function withMessage(heard: Heard, message: KernelMessage, kernel: Kernel): Heard {
  if (message.type !== 'stream') return heard
  const rate = kernel.rateLimitNotice(message)
  if (rate !== null) return { ...heard, limited: rate }
  return message.name === 'stdout' ? { ...heard, text: heard.text + message.text } : heard
}

function nothingMore(): RunError {
  return new RunError('CONNECTION_LOST', `Cannot wait longer: nothing came for ${lateMs / 1000} s`)
}
