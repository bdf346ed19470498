"""jupyter-server, whose kernels start quickly."""

import sys

import quick_kernels

quick_kernels.install()
sys.path[0] = ''
quick_kernels.take_formats_as_missing()

from jupyter_server.serverapp import main  # noqa: E402

sys.exit(main())
