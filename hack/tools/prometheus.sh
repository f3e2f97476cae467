#!/usr/bin/env bash
# Prints the folder of a prometheus to put on PATH, or nothing where the one on PATH will do. It is built from its Go
# module, without service discoveries, but that by files, and without pages of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
if prometheus --version > /dev/null 2>&1; then exit 0; fi
home=$cache/tools/prometheus-$(digest hack/tools/prometheus)
if [ ! -x "$home/prometheus" ]; then
    source hack/tools/path.sh go
    build() {
        cd hack/tools/prometheus
        CGO_ENABLED=0 go build -tags remove_all_sd -trimpath -buildvcs=false -ldflags "-s -w" -o "$home/prometheus" \
            github.com/prometheus/prometheus/cmd/prometheus ||
            fail "prometheus could not be built (above). If modules could not be fetched: is a module proxy reachable (go env GOPROXY)?"
    }
    step "building prometheus from its Go module (the first time about 3 minutes on two cores)" build
fi
echo "$home"
