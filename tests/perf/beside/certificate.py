"""A certificate for loopback, which signs itself: for the relay, and for a controller's webhooks."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Certificate:
    """Its two files."""

    public: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """For a server that answers with it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.public, self.key)
        return context


def certificate(folder: Path) -> Certificate:
    """Makes one in that folder, as ``tls.crt`` and ``tls.key``."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificate(folder / "tls.crt", folder / "tls.key")
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=loopback",
    ]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(made.key), "-out", str(made.public)]
    subprocess.run(command, check=True, capture_output=True)
    return made
