"""Takes out of a virtual environment what the Kubernetes client has generated and nobody here imports.

That is 70 of its 75 MB. Run by the Dockerfile beside this file with the environment's own Python. The client
has one module for each kind and each API group, and imports it when someone names its class. What stays is
found, not listed: the client and kopf are imported, and whichever generated modules that takes are kept. The
distribution's RECORD is written anew without the rest, and REMOVED beside it says what is gone; the bill of
materials repeats it.
"""

import csv
import importlib
import importlib.metadata
import sys
from pathlib import Path

CLIENT = "kubernetes"
ENTRANCES = ("kubernetes", "kubernetes.aio", "kopf")
GENERATED = tuple(
    f"{package}/client/{folder}/"
    for package in ("kubernetes", "kubernetes/aio")
    for folder in ("api", "models")
)
REMOVED = """\
Removed from this image: {count} of the {all} generated modules below {folders},
which nothing in it imports. Whoever names one of their classes gets a ModuleNotFoundError. The distribution
as published has them.
"""


def main() -> None:
    """Removes them, or says that the client is no longer laid out as it was."""
    for name in ENTRANCES:
        importlib.import_module(name)
    distribution = importlib.metadata.distribution(CLIENT)
    site = Path(str(distribution.locate_file("")))
    imported = {Path(file) for module in sys.modules.values() if (file := getattr(module, "__file__", None))}
    generated = sorted(path for folder in GENERATED for path in (site / folder).glob("*.py"))
    removed = [path for path in generated if path not in imported]
    if len(generated) < 1000 or len(removed) < len(generated) // 2:
        sys.exit(
            f"prune.py: {len(removed)} of {len(generated)} modules to remove: is the client made as it was?"
        )
    for path in removed:
        path.unlink()

    gone = {str(path.relative_to(site)) for path in removed}
    (record,) = (path for path in distribution.files or () if path.name == "RECORD")
    lines = [row for row in csv.reader((site / record).read_text().splitlines()) if row[0] not in gone]
    note = record.parent / "REMOVED"
    said = REMOVED.format(count=len(removed), all=len(generated), folders=", ".join(GENERATED))
    (site / note).write_text(said)
    with (site / record).open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([*lines, [str(note), "", ""]])
    print(said, end="")


if __name__ == "__main__":
    main()
