#!/usr/bin/env bash
# Prints the folder of a kubectl to put on PATH, or nothing where the one on PATH will do.
set -euo pipefail
cd "$(dirname "$0")/../.."
have=$(kubectl version --client 2>/dev/null | sed -n 's/^Client Version: //p' || true)
# A "dispatcher" only looks for a kubectl of the server's version, and fails where it has none.
case $have in
    v1.*dispatcher*) ;;
    v1.*) exit 0 ;;
esac
source hack/cluster/settings.sh
if [ -x "$bin/kubectl" ]; then
    echo "$bin"
else
    folder=$(hack/tools/layer.sh v37 "kubectl (found: ${have:-none})")
    echo "$folder/kubectl"
fi
