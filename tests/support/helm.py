"""The real helm of a major version, as people run it."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CHART = ROOT / "charts" / "trussmodel-operator"


def helm_program(major: int) -> Path:
    """Where that Helm is: the one on PATH if it will do, else a pinned one."""
    command = ["env", f"HELM_MAJOR={major}", str(ROOT / "hack" / "tools" / "helm.sh")]
    folder = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    found = shutil.which("helm", path=folder or None)
    assert found, f"no helm in {folder or 'PATH'}"
    return Path(found)


@dataclass(frozen=True)
class Release:
    """A release of the chart, seen through a Helm; every call raises with helm's own words when it fails."""

    helm: Path
    name: str
    namespace: str
    user: str | None = None
    """Whom the cluster takes helm for; without, whoever the kubeconfig says."""

    @property
    def environment(self) -> dict[str, str]:
        """In which `helm` is this one."""
        path = os.pathsep.join((str(self.helm.parent), os.environ["PATH"]))
        return {**os.environ, "PATH": path, **({"HELM_KUBEASUSER": self.user} if self.user else {})}

    def __call__(self, *arguments: str | Path, stdin: str | None = None) -> str:
        command = [str(self.helm), "--namespace", self.namespace, *map(str, arguments)]
        done = subprocess.run(
            command, env=self.environment, input=stdin, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def upgrade(self, values: dict[str, Any], *flags: str, chart: Path = CHART) -> None:
        """Installs it or upgrades it, and waits until the operator runs."""
        command = ("upgrade", "--install", self.name, chart, "--values=-", "--wait", "--timeout=120s")
        self(*command, *flags, stdin=json.dumps(values))

    def rollback(self) -> None:
        self("rollback", self.name, "--wait", "--timeout=120s")

    def uninstall(self) -> None:
        self("uninstall", self.name, "--wait", "--ignore-not-found")
