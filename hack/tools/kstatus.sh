#!/usr/bin/env bash
# Prints the folder of tests/support/kstatus, built, to put on PATH.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
source=tests/support/kstatus
home=$cache/tools/kstatus-$(digest $source)
build() { (cd $source && CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w" -o "$home/kstatus" .); }
if [ ! -x "$home/kstatus" ]; then
    source hack/tools/path.sh go
    step "kstatus from its Go module" build
fi
echo "$home"
