#!/usr/bin/env bash
# `make bench-cluster`: figures of the operator on a cluster. Arguments: tests/perf/on_cluster/__main__.py.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/installed.sh
source hack/installed.sh
PYTHONPATH=tests/support exec .venv/bin/python -m tests.perf.on_cluster "$@"
