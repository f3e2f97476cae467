#!/usr/bin/env bash
# `make bench-operator`: the operator among thousands of TrussModels. Arguments: tests/perf/at_scale/__main__.py.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(uname)" = Linux ] || { echo "error: the benchmark reads Linux's /proc and pins processes to cores: run it there." >&2; exit 1; }
# shellcheck source=hack/cluster/assets.sh
source hack/cluster/assets.sh
PYTHONPATH=tests/support exec .venv/bin/python -m tests.perf.at_scale "$@"
