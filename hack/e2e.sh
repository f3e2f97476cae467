#!/usr/bin/env bash
# `make e2e`: a cluster, our images in it, the operator by its chart, and the tests that need all that.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/installed.sh
source hack/installed.sh
# Most tests wait for the cluster, so several run at once; those marked `alone` follow one by one.
status=0 none=0
run() { # run PYTEST-ARGUMENT...: counts it as nothing when none of the chosen tests is of that kind
    local code=0
    hack/pytest.sh --timeout 180 "$@" || code=$?
    if [ "$code" = 5 ]; then none=$((none + 1)); elif [ "$code" != 0 ]; then status=$code; fi
}
if [ $# = 0 ]; then
    set -- tests/e2e
    export AGAIN=1
fi
run --numprocesses 4 --dist loadfile -m "not alone" "$@"
run -m alone "$@"
if [ "$none" = 2 ]; then status=5; fi
exit "$status"
