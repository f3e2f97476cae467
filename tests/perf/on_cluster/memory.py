"""The memory of a pod's process, in proportion to who else maps it (PSS), read from the kernel in the pod."""

import re

from cluster import Kubectl


def pss_bytes(kubectl: Kubectl, target: str) -> int:
    """Memory of a container's first process.

    Args:
        kubectl: of the namespace.
        target: as for ``kubectl exec``, such as ``deployment/NAME``.
    """
    found = re.search(
        r"^Pss:\s+(\d+) kB$", kubectl("exec", target, "--", "cat", "/proc/1/smaps_rollup"), re.MULTILINE
    )
    assert found is not None
    return int(found[1]) * 1024
