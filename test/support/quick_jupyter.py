"""jupyter-server, whose kernels start quickly."""

import sys

import quick_kernels

quick_kernels.install()
sys.path[0] = ''
# Its import computes a grammar for 3 s of CPU, for formats that no schema of Jupyter's has.
sys.modules['rfc3987_syntax'] = None

from jupyter_server.serverapp import main  # noqa: E402

sys.exit(main())
