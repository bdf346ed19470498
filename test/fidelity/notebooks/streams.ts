import { lines, type FidelityNotebook } from '../notebook.ts'

const kernel = 'python3'

export const streams: readonly FidelityNotebook[] = [
  {
    name: 'stdout',
    kernel,
    cells: [
      'print("one"); print("two")',
      'print("no newline", end="")',
      'print()',
      'print(end="")',
    ],
  },
  {
    name: 'stderr, warnings and logging',
    kernel,
    cells: [
      'import sys; print("oops", file=sys.stderr)',
      'import warnings; warnings.warn("old")',
      'import logging; logging.basicConfig(level="INFO", format="%(levelname)s %(message)s")',
      'logging.info("told"); logging.debug("not told")',
    ],
  },
  {
    name: 'stdout and stderr by turns, flushed',
    kernel,
    cells: [
      lines(
        'import sys',
        'for i in range(4):',
        '    print("out", i, flush=True)',
        '    print("err", i, file=sys.stderr, flush=True)',
      ),
    ],
  },
  {
    name: 'a stream in many flushes is one output',
    kernel,
    cells: [
      lines(
        'import time',
        'for i in range(50):',
        '    print(i, end=" ", flush=True)',
        '    time.sleep(0.005)',
      ),
    ],
  },
  {
    name: 'carriage returns and backspaces stay',
    kernel,
    cells: [
      String.raw`print("10%\r50%\r100%")`,
      String.raw`print("ab\bc\x08\x08d", end="\r\n"); print("\x1b[31mred\x1b[0m\a\f\v")`,
    ],
  },
  {
    name: 'Unicode, NUL, line separators, a lone surrogate',
    kernel,
    cells: [
      String.raw`print("é 中文 \U0001f600 \u202e \ufeff \u2028 \u2029 \x85 e\u0301")`,
      String.raw`print("a\0b\x01\x7f")`,
      String.raw`"a\0b 😀\ufffe"`,
      String.raw`display({"text/plain": "<\ud800>"}, raw=True)`,
    ],
    allowErrors: true,
    statuses: ['completed', 'completed', 'completed', 'failed'],
  },
  {
    name: '5 MB in lines, in a result and in a display',
    kernel,
    cells: [
      'for i in range(50):\n    print(f"{i:0999d}\\n" * 100)',
      'from IPython.display import HTML, display\n"x" * 5_000_000',
      'display(HTML("é" * 1_000_000))',
    ],
  },
  {
    name: 'output of subprocesses and of file descriptors',
    kernel,
    cells: [
      // IPython reads descriptors in a thread of its own, and gives what it finds to the cell that
      // runs by then: so each cell waits until that has happened.
      lines(
        'import os, subprocess, sys, threading',
        'def awaited(act):',
        '    written, write = threading.Event(), sys.stdout.write',
        '    def telling(text):',
        '        count = write(text)',
        '        written.set()',
        '        return count',
        '    sys.stdout.write = telling',
        '    result = act()',
        '    assert written.wait(30)',
        '    sys.stdout.write = write',
        '    return result',
      ),
      'status = awaited(lambda: os.system("echo from system"))',
      'status = awaited(lambda: subprocess.run(["echo", "from run"]).returncode)',
      String.raw`awaited(lambda: os.write(1, b"from descriptor 1\n"))`,
      '!echo from a shell; echo to stderr >&2',
      lines('%%bash', 'echo from bash'),
      lines('%%bash', 'echo to stderr >&2'),
    ],
  },
  {
    name: 'output of tasks and threads that end within their cell',
    kernel,
    cells: [
      lines(
        'import asyncio',
        'async def tell(name):',
        '    for i in range(3):',
        '        print(name, i)',
        '        await asyncio.sleep(0.02)',
        'await asyncio.gather(tell("a"), tell("b"))',
      ),
      lines(
        'import threading',
        'threads = [threading.Thread(target=print, args=(f"thread {i}",)) for i in range(3)]',
        'for thread in threads:',
        '    thread.start()',
        '    thread.join()',
      ),
    ],
  },
]
