"""Executes notebooks with nbclient, a few at a time, each in a kernel of its own.

Reads a list of jobs as JSON: the notebook's file, where to write what came of it, and options.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / 'support'))
import quick_kernels

quick_kernels.install()
quick_kernels.take_formats_as_missing()

import asyncio
import json
import signal

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from traitlets.config import Config


async def execute(job, turns):
    async with turns:
        notebook = await executed(job)
        while notebook is None:
            notebook = await executed(job)
    with open(job['target'], 'w', encoding='utf-8') as file:
        json.dump(notebook, file)


async def executed(job):
    """None when the kernel did not start: jupyter_client chooses its ports, and before the kernel has
    bound them, another process of the machine may have one."""
    notebook = nbformat.read(job['source'], as_version=4)
    resources = {'metadata': {'path': job['folder']}}
    config = Config({'KernelManager': job['kernel_manager']})
    client = NotebookClient(notebook, resources=resources, config=config, **job['options'])
    try:
        await client.async_execute()
    except (CellExecutionError, DeadKernelError):
        pass  # the notebook tells of it as far as it came
    except RuntimeError as error:
        if 'Kernel died before replying' not in str(error):
            raise
        return None
    return notebook


async def main(jobs, at_a_time):
    turns = asyncio.Semaphore(at_a_time)
    ends = await asyncio.gather(*(execute(job, turns) for job in jobs), return_exceptions=True)
    troubles = [f'{job["name"]}: {end!r}' for job, end in zip(jobs, ends) if end is not None]
    return '; '.join(troubles) or None


signal.alarm(400)  # a kernel that does not start may block everything
with open(sys.argv[1], encoding='utf-8') as file:
    sys.exit(asyncio.run(main(json.load(file), int(sys.argv[2]))))
