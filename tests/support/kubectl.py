"""kubectl, as a user of the tests' API server runs it."""

import asyncio
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Kubectl:
    """Runs it in one namespace."""

    kubeconfig: Path
    namespace: str

    async def __call__(self, *arguments: str, manifest: dict[str, Any] | None = None) -> tuple[int, str]:
        """Returns its exit code and what it said; a manifest is given on its standard input."""
        process = await asyncio.create_subprocess_exec(
            Path(os.environ["KUBEBUILDER_ASSETS"]) / "kubectl",
            f"--kubeconfig={self.kubeconfig}",
            f"--namespace={self.namespace}",
            *arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        output, _ = await process.communicate(json.dumps(manifest).encode() if manifest else b"")
        assert process.returncode is not None
        return process.returncode, output.decode()
