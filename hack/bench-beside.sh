#!/usr/bin/env bash
# `make bench-beside`: the operator beside a Go controller of the field. Arguments: tests/perf/beside/__main__.py.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(uname)" = Linux ] || { echo "error: the benchmark reads Linux's /proc and pins processes to cores: run it there." >&2; exit 1; }
# shellcheck source=hack/cluster/assets.sh
source hack/cluster/assets.sh
KSERVE=$(hack/tools/kserve.sh)
export KSERVE
PYTHONPATH=tests/support exec .venv/bin/python -m tests.perf.beside "$@"
