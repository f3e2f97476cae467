"""Ports of this machine."""

import socket


def free_port() -> int:
    """One that nobody has; whoever is to take it gets it at once."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
