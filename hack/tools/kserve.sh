#!/usr/bin/env bash
# Prints a folder with KServe's controller, built from its Go module as kserve-manager, and beside it the manifests that the
# module holds: CustomResourceDefinitions, rights, webhooks, settings. For `make bench-beside`.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
home=$cache/tools/kserve-$(digest hack/tools/kserve)
if [ ! -x "$home/kserve-manager" ]; then
    source hack/tools/path.sh go
    build() {
        local module=github.com/kserve/kserve sources
        cd hack/tools/kserve
        CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w" -o "$home/part/kserve-manager" $module/cmd/manager ||
            fail "KServe could not be built (above). If modules could not be fetched: is a module proxy reachable (go env GOPROXY)?"
        sources=$(go list -m -f '{{.Dir}}' $module)
        cp -R --no-preserve=mode "$sources/config" "$home/part/"
        go list -m -f '{{.Version}}' $module > "$home/part/version"
        mv "$home/part/"* "$home/"
        rmdir "$home/part"
    }
    rm -rf "$home"
    step "building KServe's controller from its Go module (the first time 5 to 10 minutes on two cores)" build
fi
echo "$home"
