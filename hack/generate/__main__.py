"""Writes what is generated from the code, or with ``--check`` says what is out of date."""

import sys
from collections.abc import Callable
from pathlib import Path

from hack.generate import dashboards
from hack.generate.artifacthub import chart_metadata
from hack.generate.failures import FOLDER, failure_index, failure_pages
from hack.generate.install import install_manifest
from hack.generate.licenses import license_tables
from hack.generate.manifest import crd_manifest
from hack.generate.olm import BUNDLE
from hack.generate.plugin import plugin_commands
from hack.generate.reasons import reason_tables
from hack.generate.reference import api_reference
from hack.generate.snapshots import snapshots
from hack.generate.values import chart_reference, values_schema, values_table

from truss_operator.api.crd import CRD_NAME

ROOT = Path(__file__).parent.parent.parent


def license_copy(_: str) -> str:
    """The project's license, which each distribution carries a copy of."""
    return (ROOT / "LICENSE").read_text()


FILES: dict[str, Callable[[str], str]] = {
    f"deploy/crds/{CRD_NAME}.yaml": crd_manifest,
    f"charts/trussmodel-operator/files/crds/{CRD_NAME}.yaml": crd_manifest,
    "charts/trussmodel-operator/Chart.yaml": chart_metadata,
    "charts/trussmodel-operator/README.md": values_table,
    "charts/trussmodel-operator/values.schema.json": values_schema,
    "charts/trussmodel-operator/files/dashboards/models.json": dashboards.MODELS,
    "charts/trussmodel-operator/files/dashboards/operator.json": dashboards.OPERATOR,
    "docs/reference/chart.md": chart_reference,
    "docs/reference/trussmodel.md": api_reference,
    "docs/reference/status.md": reason_tables,
    f"{FOLDER}/index.md": failure_index,
    **failure_pages(),
    "docs/reference/kubectl-trussmodel.md": plugin_commands,
    "docs/operations/supply-chain.md": license_tables,
    **{f"{part}/LICENSE": license_copy for part in ("operator", "plugin", "runtime")},
    # Rendered from the chart, so after all that is in it.
    "deploy/install.yaml": install_manifest,
    **BUNDLE,
    **snapshots(),
}
"""Each file with what makes its text out of the text that it has; in the order of writing."""


def main(arguments: list[str]) -> int:
    """Writes or checks the files; returns the exit code."""
    if arguments not in ([], ["--check"]):
        print("usage: hack/generate.sh [--check]", file=sys.stderr)
        return 2
    stale = []
    for name, generate in FILES.items():
        path = ROOT / name
        text = path.read_text() if path.exists() else ""
        wanted = generate(text)
        if wanted == text:
            continue
        stale.append(name)
        if not arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted)
            print(f"wrote {name}")
    if arguments and stale:
        print(
            f"out of date: {', '.join(stale)}: run `make generate` and commit what it writes", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
