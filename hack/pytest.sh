#!/usr/bin/env bash
# Runs pytest over one level of tests, collecting coverage for `hack/test.sh` to add up.
set -euo pipefail
cd "$(dirname "$0")/.."
coverage=()
if [ -n "${COVERAGE_NAME:-}" ]; then
    mkdir -p .coverage
    export COVERAGE_FILE=$PWD/.coverage/$COVERAGE_NAME
    coverage=(--cov --cov-report=)
fi
exec .venv/bin/python -m pytest "${coverage[@]}" "$@"
