#!/usr/bin/env bash
# Builds oci-noresource when it is missing or older than its sources, and prints its path.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
# One path for ever: a running dockerd and the containers it made name it.
wrapper=$cache/docker/oci-noresource
if [ ! -x "$wrapper" ] || [ -n "$(find hack/docker/oci-noresource -newer "$wrapper" -print -quit)" ]; then
    source hack/tools/path.sh go
    mkdir -p "$(dirname "$wrapper")"
    (cd hack/docker/oci-noresource && CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w" -o "$wrapper.part" .)
    mv "$wrapper.part" "$wrapper"
fi
echo "$wrapper"
