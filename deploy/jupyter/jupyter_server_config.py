import os
import sys
from pathlib import Path


def read_token():
    """From a file: every kernel inherits the server's environment. Empty, it would let all in."""
    path = Path(os.environ.get("JUPYTER_TOKEN_FILE", "/secrets/jupyter/token"))
    try:
        token = path.read_text().strip()
    except OSError as error:
        sys.exit(f'Cannot read the token from "{path}": {error.strerror}; mount the secret there')
    if not token:
        sys.exit(f'Cannot use the token in "{path}": the file is empty; set the secret once more')
    return token


c = get_config()  # noqa: F821

c.IdentityProvider.token = read_token()
c.ServerApp.allow_unauthenticated_access = False

# Cloud Run ends https, names the port, and asks under names of its own.
c.ServerApp.ip = "0.0.0.0"
c.ServerApp.port = int(os.environ.get("PORT", "8080"))
c.ServerApp.port_retries = 0
c.ServerApp.allow_remote_access = True
c.ServerApp.open_browser = False

# A browser behind "gcloud run services proxy" sends the Origin of this machine, and the Host of Cloud
# Run. The whole Origin has to match. Without this, no kernel opens and nobody can log in.
c.ServerApp.allow_origin_pat = r"http://(localhost|127\.0\.0\.1)(:\d+)?"

c.ServerApp.root_dir = "/notebooks"
c.ServerApp.terminals_enabled = False

# A kernel that its run could not delete ends by itself.
c.MappingKernelManager.cull_idle_timeout = 900
c.MappingKernelManager.cull_interval = 60

# Output is never dropped, however fast it comes.
c.ZMQChannelsWebsocketConnection.limit_rate = False
