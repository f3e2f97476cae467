"""``python -m truss_runtime`` is ``truss-runtime``."""

from truss_runtime.cli import main

main(prog_name="truss-runtime")
