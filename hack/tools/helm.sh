#!/usr/bin/env bash
# Prints the folder of a Helm to put on PATH, or nothing where the one on PATH will do. HELM_MAJOR=3 asks for Helm 3.
set -euo pipefail
cd "$(dirname "$0")/../.."
have=$(helm version --template '{{.Version}}' 2>/dev/null || true)
major=${have#v}
major=${major%%.*}
if [ -n "${HELM_MAJOR:-}" ]; then
    [ "$major" = "$HELM_MAJOR" ] && exit 0
elif [ "${major:-0}" -ge 3 ]; then
    exit 0
fi
case ${HELM_MAJOR:-4} in
    3) layer=v32 ;;
    4) layer=v37 ;;
    *) echo "error: HELM_MAJOR=$HELM_MAJOR: 3 or 4 can be had" >&2 && exit 1 ;;
esac
folder=$(hack/tools/layer.sh "$layer" "Helm ${HELM_MAJOR:-3} or newer (found: ${have:-none})")
echo "$folder/helm"
