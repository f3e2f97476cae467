"""The admin port: the probes on a thread and event loop of their own, which user code cannot hold up.

Opened before anything else, the import of the model included. Code that holds the interpreter lock still
blocks it.
"""

import asyncio
import socket
import threading

import uvicorn
import uvloop

from truss_runtime.port_server import PortServer
from truss_runtime.service import Service
from truss_runtime.web.probes import Probes


class _AdminServer(PortServer):
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - uvicorn's
        """Closes at once: probes are answered within one turn of the loop, so none is under way."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()


class Admin:
    """The server of the admin port.

    Args:
        service: what the probes tell of.
        listener: the bound socket.
    """

    def __init__(self, service: Service, listener: socket.socket) -> None:
        config = uvicorn.Config(
            Probes(service, until_closed=True),
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        self._server = _AdminServer(config)
        self._listener = listener
        self._thread = threading.Thread(target=self._run, name="admin", daemon=True)

    def start(self) -> None:
        """Opens the port; connections are taken from here on."""
        self._listener.listen()
        self._thread.start()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._server.serve(sockets=[self._listener]))

    def stop(self) -> None:
        """Closes the port and waits, at most a second, for its thread."""
        self._server.end()
        self._thread.join(1)
