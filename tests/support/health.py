"""What deployment tools make of an object: kstatus itself, and the Argo CD script in a Lua interpreter."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lupa import lua51  # type: ignore[import-untyped]  # it comes without types

from controlplane import ROOT

Json = dict[str, Any]
SCRIPT = ROOT / "deploy" / "argocd" / "health.lua"


def kstatus(objects: Sequence[Json]) -> list[tuple[str, str]]:
    """Status and message of each object, as Flux, Helm 4's wait and cli-utils compute them."""
    program = shutil.which("kstatus")
    assert program, "no kstatus on PATH: run the tests with `make integration`, which builds it"
    lines = "".join(json.dumps(obj) + "\n" for obj in objects)
    done = subprocess.run([program], input=lines, capture_output=True, text=True, check=True, timeout=30)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(objects)
    return [(each["status"], each["message"]) for each in found]


def argo_health(obj: Json, script: Path = SCRIPT) -> tuple[str, str]:
    """Status and message, as Argo CD runs the script: Lua 5.1, the object in the variable ``obj``."""
    runtime = lua51.LuaRuntime(unpack_returned_tuples=True)
    runtime.globals()["obj"] = _table(runtime, obj)
    health = runtime.execute(script.read_text())
    return health["status"], health["message"]


def _table(runtime: Any, value: Any) -> Any:
    """JSON as Lua holds it; null is absence."""
    if isinstance(value, dict):
        items = {key: _table(runtime, item) for key, item in value.items() if item is not None}
        return runtime.table_from(items)
    if isinstance(value, list):
        return runtime.table_from([_table(runtime, item) for item in value])
    return value
