#!/usr/bin/env bash
# Prints the folder of a promtool to put on PATH, or nothing where the one on PATH will do. It is built from its Go module,
# without Prometheus's service discoveries, which it has no use for here.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
if promtool --version > /dev/null 2>&1; then exit 0; fi
home=$cache/tools/promtool-$(digest hack/tools/promtool)
if [ ! -x "$home/promtool" ]; then
    source hack/tools/path.sh go
    build() {
        cd hack/tools/promtool
        CGO_ENABLED=0 go build -tags remove_all_sd -trimpath -buildvcs=false -ldflags "-s -w" -o "$home/promtool" \
            github.com/prometheus/prometheus/cmd/promtool ||
            fail "promtool could not be built (above). If modules could not be fetched: is a module proxy reachable (go env GOPROXY)?"
    }
    step "building promtool from its Go module (the first time about 2 minutes on two cores)" build
fi
echo "$home"
