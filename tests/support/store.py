"""etcd, spoken to past the API server, as whoever looks after it does: by its JSON gateway."""

import httpx2

from controlplane import ControlPlane


def compact(plane: ControlPlane) -> int:
    """Forgets all history but the present: no watch can go on from before. Returns the revision."""
    with httpx2.Client(base_url=plane.store, timeout=30) as client:
        answer = client.post("/v3/kv/range", json={"key": "AA=="}).raise_for_status()
        revision = answer.json()["header"]["revision"]
        client.post("/v3/kv/compaction", json={"revision": revision, "physical": True}).raise_for_status()
        return int(revision)
