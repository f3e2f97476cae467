"""The sockets of the two ports, taken before anything else: a port in use is told before a long import."""

import socket


class PortTakenError(Exception):
    """The port cannot be had; the message says why and which flag chooses another."""


def bind(host: str, port: int, flag: str) -> socket.socket:
    """Returns a socket that holds the port, and refuses connections until it is told to listen.

    Args:
        host: the address; one with a colon is IPv6.
        port: the port, or 0 for a free one.
        flag: the flag that sets it, for the message.

    Raises:
        PortTakenError: the port is in use, or not ours to take, or the address is not this machine's.
    """
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        reason = error.strerror or str(error)
        raise PortTakenError(
            f"Cannot listen on {host} port {port}: {reason}. Choose another with {flag}."
        ) from error
    return bound
