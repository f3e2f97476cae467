#!/usr/bin/env bash
# Prints the folder of a kind to put on PATH, or nothing where the one on PATH is new enough.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/cluster/settings.sh
have=$(kind version -q 2>/dev/null || true)
if [ -n "$have" ] && printf '%s\n' "${kind_version#v}" "${have#v}" | sort -VC; then exit 0; fi
home=$cache/tools/kind-$kind_version
if [ ! -x "$home/kind" ]; then
    source hack/tools/path.sh go
    step "kind $kind_version from its Go module" \
        env GOBIN="$home" CGO_ENABLED=0 go install -trimpath -ldflags "-s -w" "sigs.k8s.io/kind@$kind_version"
fi
echo "$home"
