#!/usr/bin/env bash
# load.sh IMAGE...: makes images of ours available to the cluster: loads those that are missing into the nodes of the kind
# cluster KIND_CLUSTER; or pushes them below IMAGE_REPOSITORY, if that names a repository which the cluster pulls from.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
[ $# -gt 0 ] || fail "load.sh IMAGE..."
push() { # push IMAGE...: as IMAGE_REPOSITORY/NAME:TAG
    local image
    for image in "$@"; do
        docker tag "$image" "$IMAGE_REPOSITORY/${image##*/}"
        docker push --quiet "$IMAGE_REPOSITORY/${image##*/}" >&2
    done
}
if [ -n "${IMAGE_REPOSITORY:-}" ]; then
    step "pushing $# images to $IMAGE_REPOSITORY" push "$@"
    exit
fi
if [ -z "${KIND_CLUSTER:-}" ]; then
    fail "the cluster in use is no kind cluster, so images cannot be loaded from here. Name a repository" \
        "that it pulls from and that you may push to in IMAGE_REPOSITORY, such as registry.example.com/trussmodel."
fi
source hack/tools/path.sh kind
load() { kind load docker-image --quiet --name "$KIND_CLUSTER" "$@" >&2; }
step "loading $# images into the cluster, those that are not there" load "$@"
