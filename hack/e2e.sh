#!/usr/bin/env bash
# `make e2e`: a cluster, our images in it, the operator by its chart, and the tests that need all that.
set -euo pipefail
cd "$(dirname "$0")/.."
ours=${KUBECONFIG:-yes} began=$(date --utc +%FT%T.%6NZ)
# shellcheck source=hack/installed.sh
source hack/installed.sh
# Most tests wait for the cluster, so several run at once; those marked `alone` follow one by one. What is marked `last`
# runs when all others have.
status=0 none=0
run() { # run PYTEST-ARGUMENT...: counts it as nothing when none of the chosen tests is of that kind
    local code=0
    hack/pytest.sh --timeout 180 "$@" || code=$?
    if [ "$code" = 5 ]; then none=$((none + 1)); elif [ "$code" != 0 ]; then status=$code; fi
}
chosen=$#
if [ "$chosen" = 0 ]; then
    set -- tests/e2e
    export AGAIN=1
fi
run --numprocesses 4 --dist loadfile -m "not alone and not last" "$@"
run -m alone "$@"
if [ "$chosen" = 0 ]; then
    if [ -n "$KIND_CLUSTER" ] && docker exec "$KIND_CLUSTER-control-plane" test -e /var/log/kubernetes/audit.log; then
        AUDITED_SINCE=$began run tests/e2e/test_permissions_used.py
    elif [ "$ours" = yes ]; then
        echo "error: the cluster keeps no record of the operator's calls: hack/cluster/down.sh first to renew it" >&2
        status=1
    else
        echo "The operator's calls are not compared with its permissions: this cluster is not ours, with a record of them." >&2
    fi
fi
if [ "$none" = 2 ]; then status=5; fi
exit "$status"
