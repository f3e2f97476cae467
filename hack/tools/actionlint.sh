#!/usr/bin/env bash
# Prints the folder of an actionlint to put on PATH, built from its Go module, or nothing where the one on PATH is that one.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
version=v1.7.12
have=$(actionlint --version 2> /dev/null | head -n 1 || true)
[ "v${have#v}" != "$version" ] || exit 0
home=$cache/tools/actionlint-$version
if [ ! -x "$home/actionlint" ]; then
    source hack/tools/path.sh go
    step "actionlint $version from its Go module" env GOBIN="$home" CGO_ENABLED=0 \
        go install -trimpath -ldflags "-s -w" "github.com/rhysd/actionlint/cmd/actionlint@$version"
fi
echo "$home"
