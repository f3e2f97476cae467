#!/usr/bin/env bash
# Prints the folder of an etcdutl to put on PATH, built: it restores what the etcd of hack/cluster was backed up as. Its modules
# are the ones of hack/cluster/go/kubernetes, which is compiled for the same tests.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
home=$cache/tools/etcdutl-$(digest hack/tools/etcdutl)
build() {
    cd hack/tools/etcdutl
    CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w" -o "$home/etcdutl" go.etcd.io/etcd/etcdutl/v3
}
if [ ! -x "$home/etcdutl" ]; then
    source hack/tools/path.sh go
    step "etcdutl from its Go module" build
fi
echo "$home"
