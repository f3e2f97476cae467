"""etcd, spoken to past the API server, as whoever looks after it does: by its JSON gateway and etcdutl."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import httpx2

from controlplane import ControlPlane, await_ready

FAR_AHEAD = ("--bump-revision=1000000000", "--mark-compacted")
"""With these a restored store counts on from far above all that was ever seen, its history gone.
Source: etcd documentation, "Disaster recovery", restoring with revision bump."""


def compact(plane: ControlPlane) -> int:
    """Forgets all history but the present: no watch can go on from before. Returns the revision."""
    with httpx2.Client(base_url=plane.store, timeout=30) as client:
        answer = client.post("/v3/kv/range", json={"key": "AA=="}).raise_for_status()
        revision = answer.json()["header"]["revision"]
        client.post("/v3/kv/compaction", json={"revision": revision, "physical": True}).raise_for_status()
        return int(revision)


def go_on(plane: ControlPlane, revisions: int) -> None:
    """Lets resourceVersions rise by so many, while nothing happens to what anyone here looks at."""
    with httpx2.Client(base_url=plane.store, timeout=30) as client:
        for _ in range(revisions):
            client.post("/v3/kv/put", json={"key": "L2Vsc2V3aGVyZQ==", "value": ""}).raise_for_status()


def save(plane: ControlPlane, path: Path) -> None:
    """Saves all that is stored now, as ``etcdctl snapshot save`` does."""
    with (
        httpx2.Client(base_url=plane.store, timeout=30) as client,
        client.stream("POST", "/v3/maintenance/snapshot", json={}) as answer,
        path.open("wb") as file,
    ):
        for line in answer.raise_for_status().iter_lines():
            file.write(base64.b64decode(json.loads(line)["result"].get("blob", "")))


def restore(plane: ControlPlane, saved: Path, *flags: str) -> None:
    """Ends API server and etcd, and starts them on what was saved; what came after it is gone.

    Args:
        plane: Answers again on return.
        saved: See `save`.
        flags: For ``etcdutl snapshot restore``.
    """
    etcdutl = shutil.which("etcdutl")
    assert etcdutl, "no etcdutl on PATH: run the tests with `make integration`, which builds it"
    plane.server.kill()
    plane.etcd.stop()
    data = plane.directory / "etcd"
    shutil.rmtree(data)
    command = [etcdutl, "snapshot", "restore", str(saved), f"--data-dir={data}", *flags]
    subprocess.run(command, check=True, capture_output=True)
    plane.etcd.start()
    plane.server.start()
    await_ready(plane)
