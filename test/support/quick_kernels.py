"""Lets a program start Python kernels as forks of a process that has imported ipykernel already.

Most of what a kernel's start costs is that import. What then runs is ipykernel's own launcher, in a
process that is a child of the program, in a session of its own, with the environment, the folder and
the arguments that it would have had; a kernel that is not forked runs the same `main()`.
"""

import contextlib
import ctypes
import gc
import io
import json
import os
import runpy
import signal
import socket
import sys
import time

PR_SET_CHILD_SUBREAPER = 36


def install():
    """Makes jupyter_client fork the kernels whose kernelspec names this file. To be called first."""
    if sys.platform != 'linux':
        return
    import jupyter_client  # noqa: F401  (the process that forks kernels needs most of it, too)

    own, other = socket.socketpair()
    program = os.getpid()
    if os.fork() == 0:
        own.close()
        serve(other, program)  # which only returns in a kernel
        main()
        sys.exit()
    other.close()
    from jupyter_client import launcher

    launcher.Popen = Starter(own, launcher.Popen).start


def take_formats_as_missing():
    """Keeps jsonschema from importing what it checks some formats with, which no schema of Jupyter's has.

    The first of them computes a grammar for 3 s of CPU. To be called before jsonschema is imported.
    """
    sys.modules.update(dict.fromkeys(('rfc3987_syntax', 'rfc3986_validator', 'isoduration')))


def main():
    """Runs a kernel without a debugger, as where debugpy is not installed."""
    sys.path[0] = ''  # as with `python -c`; the launcher takes it out
    sys.modules['debugpy'] = None
    sys.modules.pop('quick_kernels', None)
    runpy.run_module('ipykernel_launcher', run_name='__main__', alter_sys=True)


class Starter:
    """Has kernels forked, and starts everything else as ever."""

    def __init__(self, channel, popen):
        self.requests = channel.makefile('w')
        self.answers = channel.makefile('r')
        self.popen = popen

    def start(self, args, **options):
        if len(args) > 1 and os.path.realpath(args[1]) == os.path.realpath(__file__):
            process = self.fork(args, options['env'], options['cwd'])
            if process is not None:
                return process
        return self.popen(args, **options)

    def fork(self, args, env, folder):
        """None when the process that forks is gone, as after a test that kills all of them."""
        request = {'args': args[1:], 'env': dict(env), 'folder': folder}
        with contextlib.suppress(OSError), subreaper():
            self.requests.write(f'{json.dumps(request)}\n')
            self.requests.flush()
            answer = self.answers.readline()
            return ForkedProcess(args, int(answer)) if answer.strip() else None


@contextlib.contextmanager
def subreaper():
    """Meanwhile, processes whose parents end become children of this one."""
    set_subreaper(1)
    try:
        yield
    finally:
        set_subreaper(0)


def set_subreaper(value):
    arguments = [ctypes.c_ulong(each) for each in (value, 0, 0, 0)]
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, *arguments)


class ForkedProcess:
    """As much of subprocess.Popen as jupyter_client uses."""

    stdout = stderr = None

    def __init__(self, args, pid):
        self.args = args
        self.pid = pid
        self.returncode = None
        self.stdin = io.BytesIO()

    def poll(self, options=os.WNOHANG):
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, options)
            if pid != 0:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self):
        return self.poll(0)

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self):
        self.send_signal(signal.SIGTERM)

    def kill(self):
        self.send_signal(signal.SIGKILL)


def serve(channel, program):
    """Forks a kernel for each request; ends with the program, and returns in every kernel."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the program decides what becomes of Ctrl-C
    preload(program)
    requests = channel.makefile('r')
    for line in requests:
        reader, writer = os.pipe()
        middle = os.fork()
        if middle == 0:
            if os.fork() != 0:
                os._exit(0)  # so that the kernel becomes a child of the program
            become_kernel(json.loads(line), program)
            os.write(writer, str(os.getpid()).encode())
            for descriptor in (reader, writer, channel.detach()):
                os.close(descriptor)
            return
        os.waitpid(middle, 0)
        os.close(writer)
        channel.sendall(os.read(reader, 32) + b'\n')
        os.close(reader)
    os._exit(0)


def preload(program):
    """Imports what every kernel imports at its start; ipykernel reads the variable when imported."""
    os.environ['JPY_PARENT_PID'] = str(program)
    sys.modules['debugpy'] = None
    from ipykernel import kernelapp  # noqa: F401

    gc.freeze()


def become_kernel(request, program):
    """Makes this process what jupyter_client would have started."""
    os.setsid()
    if request['folder'] is not None:
        os.chdir(request['folder'])
    os.environ.clear()
    os.environ.update(request['env'])
    time.tzset()
    sys.argv = request['args']
    signal.signal(signal.SIGINT, signal.default_int_handler)
    reader, writer = os.pipe()
    os.close(writer)
    os.dup2(reader, 0)
    os.close(reader)
    end = time.monotonic() + 10
    while os.getppid() != program:
        if time.monotonic() > end:  # the program is gone, or this system does not give it the child
            os._exit(1)
        time.sleep(0.001)


if __name__ == '__main__':
    main()
