import { RunError } from '../errors.ts'
import { deadline } from '../util/abort.ts'
import { isRecord } from '../util/record.ts'
import {
  type Check,
  type CheckResult,
  type DoctorContext,
  pass,
  skipped,
  warning,
} from './check.ts'
import { type CodeOutput, runCode } from './run_code.ts'

/**
 * Whether the server ends kernels that nobody uses. Jupyter's API does not say; a Python kernel on
 * the same machine can look at how the server was started.
 */
export const cullingCheck: Check = {
  name: 'culling',
  needs: ['kernel'],
  run: readCulling,
  advice: 'start the server with --MappingKernelManager.cull_idle_timeout=900',
}

const timeoutMs = 10_000

async function readCulling(
  { findings: { kernel } }: DoctorContext,
  signal: AbortSignal,
): Promise<CheckResult> {
  const { advice } = cullingCheck
  if (kernel?.implementation !== 'ipython') return unknown('the kernel is not Python')
  using limit = deadline(timeoutMs, timedOut, signal)
  const { text } = await runCode(kernel, { code: settingCode, isComplete }, limit.signal)
  const setting = readSetting(text)
  if (setting === null) return unknown('the kernel does not see the process of its server')
  const { value, place } = setting
  if (value === null) return warning('is off, which is the default', advice)
  const seconds = Number(value)
  if (Number.isNaN(seconds)) return pass(`is set in ${place}`)
  if (seconds > 0) return pass(`kernels idle for ${seconds} s are ended (${place})`)
  return warning(`is turned off in ${place}`, advice)
}

function isComplete({ text }: CodeOutput): boolean {
  return text.trim() !== ''
}

function unknown(reason: string): CheckResult {
  return skipped(
    `cannot be determined from outside: ${reason}`,
    `to be sure, ${cullingCheck.advice}`,
  )
}

interface Setting {
  /** As it is written at its place; null when it is not set. */
  readonly value: string | null
  /** The file, or "the command line"; empty when it is not set. */
  readonly place: string
}

/** Reads the last line that the code printed; null when the code saw no Jupyter Server. */
function readSetting(text: string): Setting | null {
  try {
    const setting: unknown = JSON.parse(text.trim().split('\n').at(-1) ?? '')
    if (!isRecord(setting) || typeof setting['place'] !== 'string') return null
    const { value, place } = setting
    return { value: typeof value === 'string' ? value : null, place }
  } catch {
    return null
  }
}

function timedOut(): RunError {
  const what = `Cannot look for culling: the kernel did not answer within ${timeoutMs / 1000} s`
  return new RunError('CONNECTION_LOST', what)
}

/**
 * Python that prints where the kernel's parent, the Jupyter Server, was told to cull idle kernels:
 * on its command line, else in a file of its configuration, in the order in which they count. It
 * reads that one setting and nothing else; `null` when the parent is no Jupyter.
 */
const settingCode = `
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
