#!/usr/bin/env bash
# Prints the folder of an operator-verify to put on PATH, or nothing where the one on PATH will do: the Operator Framework's own
# validators of bundles, built from their Go module.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
if command -v operator-verify > /dev/null; then exit 0; fi
home=$cache/tools/operator-verify-$(digest hack/tools/operator-verify)
if [ ! -x "$home/operator-verify" ]; then
    source hack/tools/path.sh go
    build() {
        cd hack/tools/operator-verify
        CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w" -o "$home/operator-verify" . ||
            fail "operator-verify could not be built (above). If modules could not be fetched: is a module proxy reachable (go env GOPROXY)?"
    }
    step "building the Operator Framework's validators from their Go module (the first time about two minutes on two cores)" build
fi
echo "$home"
