import { kernelPorts } from './port.ts'

/**
 * A configuration file of Jupyter Server that closes two gaps which tests, with hundreds of kernels
 * and two starting at once, would fall into every now and then.
 *
 * jupyter_client asks the system for free ports and releases them; a second later, the kernel
 * listens on them. Until then another server, or a connection, may get the same port, and ipykernel
 * then ends with "Address already in use", or hangs. Here, kernels get ports that nobody else gets.
 *
 * The server learns a kernel's `execution_state` from a ZeroMQ socket of its own, which tries every
 * 0.1 to 0.2 s to connect. What the kernel does before, the server does not see: a cell that is sent
 * at once runs while the state is "starting". Here, the socket tries every 2 ms.
 */
export function jupyterConfig(): string {
  const { first, last } = kernelPorts()
  return `import random, socket

import zmq
from jupyter_client.connect import LocalPortCache
from jupyter_server.services.kernels.kernelmanager import MappingKernelManager


def is_free(ip, port):
    with socket.socket() as listener:
        try:
            listener.bind((ip, port))
        except OSError:
            return False
    return True


def find_available_port(self, ip):
    ports = list(range(${first}, ${last + 1}))
    random.shuffle(ports)
    for port in ports:
        if port not in self.currently_used_ports and is_free(ip, port):
            self.currently_used_ports.add(port)
            return port
    raise RuntimeError('Cannot start a kernel: all ports of the tests are in use')


def start_watching_activity(self, kernel_id):
    context = self._kernels[kernel_id].context
    context.setsockopt(zmq.RECONNECT_IVL, 2)
    try:
        start_watching(self, kernel_id)
    finally:
        context.setsockopt(zmq.RECONNECT_IVL, 100)


LocalPortCache.find_available_port = find_available_port
start_watching = MappingKernelManager.start_watching_activity
MappingKernelManager.start_watching_activity = start_watching_activity
`
}
