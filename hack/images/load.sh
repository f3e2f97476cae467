#!/usr/bin/env bash
# load.sh IMAGE...: loads images into the nodes of the kind cluster KIND_CLUSTER, those that are not there yet.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
[ $# -gt 0 ] || fail "load.sh IMAGE..."
if [ -z "${KIND_CLUSTER:-}" ]; then
    fail "the cluster in use is no kind cluster, so images cannot be loaded from here. Push them to a registry that it pulls" \
        "from and name that in IMAGE_REPOSITORY, or load them onto its nodes (k3s ctr images import, minikube image load): $*"
fi
source hack/tools/path.sh kind
load() { kind load docker-image --quiet --name "$KIND_CLUSTER" "$@" >&2; }
step "loading $# images into the cluster, those that are not there" load "$@"
