#!/usr/bin/env bash
# `make bench`: what the runtime costs next to bare Starlette, as ratios of one run. Arguments: tests/perf/__main__.py.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(uname)" = Linux ] || { echo "error: the benchmark reads Linux's /proc and pins processes to cores: run it there." >&2; exit 1; }
hack/debian/install.sh "the benchmark's load" wrk=wrk taskset=util-linux
exec .venv/bin/python -m tests.perf "$@"
