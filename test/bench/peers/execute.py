"""Executes a notebook with nbclient and prints what it took: kernels are not counted."""

import json
import os
import resource
import sys
import time

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config


def private_megabytes():
    """The memory that only this process has: what it shares with its like is left out."""
    with open('/proc/self/smaps_rollup', encoding='ascii') as file:
        lines = [line.split() for line in file if line.startswith('Private_')]
    return sum(int(kilobytes) for _, kilobytes, _ in lines) / 1024


notebook = nbformat.read(sys.argv[1], as_version=4)
folder = sys.argv[2]
# Of kernels that start at the same time two may choose the same port, so they use sockets of files.
sockets = {'transport': 'ipc', 'ip': os.path.join(folder, f'kernel-{os.getpid()}')}
client = NotebookClient(
    notebook,
    resources={'metadata': {'path': folder}},
    config=Config({'KernelManager': sockets}),
    timeout=600,
)
started = time.perf_counter()
client.execute()
seconds = time.perf_counter() - started
usage = resource.getrusage(resource.RUSAGE_SELF)
print(
    json.dumps(
        {
            'seconds': seconds,
            'cpuSeconds': usage.ru_utime + usage.ru_stime,
            'megabytes': private_megabytes(),
        }
    )
)
