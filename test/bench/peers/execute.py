"""Executes a notebook with nbclient and prints what it took: kernels are not counted."""

import json
import resource
import sys
import time

import nbformat
from nbclient import NotebookClient


def private_megabytes():
    """The memory that only this process has: what it shares with its like is left out."""
    with open('/proc/self/smaps_rollup', encoding='ascii') as file:
        lines = [line.split() for line in file if line.startswith('Private_')]
    return sum(int(kilobytes) for _, kilobytes, _ in lines) / 1024


notebook = nbformat.read(sys.argv[1], as_version=4)
client = NotebookClient(notebook, resources={'metadata': {'path': sys.argv[2]}}, timeout=600)
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
