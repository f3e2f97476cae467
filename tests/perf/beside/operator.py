"""The operator of `at_scale`, without what the tests have installed beside it and no image holds.

Run as ``python -m tests.perf.beside.operator KUBECONFIG [FLAGS]``.
"""

import runpy
import sys

# The Kubernetes client imports this one where it finds it, and with it a third as much memory again.
sys.modules["kubernetes_validate"] = None  # type: ignore[assignment]
runpy.run_module("tests.perf.at_scale.operator", run_name="__main__", alter_sys=True)
