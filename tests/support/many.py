"""Many connections to rota at once, in the hands of one thread."""

from contextlib import contextmanager

from support.rota import is_readable, room_for
from support.wire import Client


@contextmanager
def connected(port, count, begin=lambda client: None):
    """So many connections, each of which does `begin` before the next one is there; those that are left over are closed at the end."""
    clients = []
    with room_for(count):
        try:
            for _ in range(count):
                clients.append(Client(port))
                begin(clients[-1])
            yield clients
        finally:
            for client in clients:
                client.close()


def answered(clients):
    """Those of them that something has come to, an end included."""
    return [client for client in clients if is_readable(client.socket)]
