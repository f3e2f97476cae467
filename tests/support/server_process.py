"""A server of the tests that is ended and started again as the same one: same command, same log."""

import signal
import subprocess
from pathlib import Path


class ServerProcess:
    """One program; its output goes to `log`, all of its lives one after another.

    Args:
        log: Is appended to.
        command: Program and arguments.
    """

    def __init__(self, log: Path, *command: str) -> None:
        self._log = log
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert self._process is None, "it runs"
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
            )

    def stop(self) -> None:
        """Ends it as a machine that is shut down does: it may finish, for a while."""
        self._end(signal.SIGTERM, 15)

    def kill(self) -> None:
        """Ends it without notice."""
        self._end(signal.SIGKILL, 15)

    def require_alive(self) -> None:
        """Fails with the end of its log when it has ended."""
        alive = self._process is not None and self._process.poll() is None
        assert alive, f"it ended:\n{self.tail()}"

    def tail(self) -> str:
        return self._log.read_text(errors="replace")[-4000:]

    def _end(self, number: signal.Signals, seconds: float) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
