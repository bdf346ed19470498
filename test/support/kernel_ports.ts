import { kernelPorts } from './port.ts'

/**
 * A configuration file of Jupyter Server, by which it gives its kernels ports that nobody else gets.
 *
 * jupyter_client asks the system for a free port and releases it; a second later, the kernel listens
 * on it. Until then another server, or a connection, may get the same port, and ipykernel then ends
 * with "Address already in use", or stays with `execution_state` "starting". Tests that start
 * hundreds of kernels, two at once, see that every now and then.
 */
export function kernelPortsConfig(): string {
  const { first, last } = kernelPorts()
  return `import random, socket

from jupyter_client.connect import LocalPortCache


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


LocalPortCache.find_available_port = find_available_port
`
}
