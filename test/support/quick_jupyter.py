"""jupyter-server, whose kernels start quickly."""

import sys

import quick_kernels

quick_kernels.install()
sys.path[0] = ''
# Imported for formats that no schema of Jupyter's has; the first computes a grammar for 3 s of CPU.
sys.modules.update(dict.fromkeys(('rfc3987_syntax', 'rfc3986_validator', 'isoduration')))

from jupyter_server.serverapp import main  # noqa: E402

sys.exit(main())
