#!/usr/bin/env bash
# Runs pytest over one level of tests, collecting coverage for `hack/test.sh` to add up.
#
# With AGAIN=1 what fails is tried once more, alone: a machine that stands still for seconds makes a test late that shares it
# with others. Both failures and what came of them are printed; more than three are no accident and are not tried again.
set -euo pipefail
cd "$(dirname "$0")/.."
coverage=()
if [ -n "${COVERAGE_NAME:-}" ]; then
    mkdir -p .coverage
    export COVERAGE_FILE=$PWD/.coverage/$COVERAGE_NAME
    coverage=(--cov --cov-report=)
fi
if [ "${AGAIN:-}" != 1 ]; then exec .venv/bin/python -m pytest "${coverage[@]}" "$@"; fi
status=0
.venv/bin/python -m pytest --cache-clear "${coverage[@]}" "$@" || status=$?
if [ "$status" != 1 ]; then exit "$status"; fi
failed=$(.venv/bin/python -c 'import json; print(len(json.load(open(".pytest_cache/v/cache/lastfailed"))))')
if [ "$failed" -gt 3 ]; then exit "$status"; fi
printf '\n==> %s failed beside others, above; once more, alone\n' "$failed"
exec .venv/bin/python -m pytest "$@" --numprocesses 0 --last-failed --last-failed-no-failures none
