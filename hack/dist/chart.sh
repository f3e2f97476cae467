#!/usr/bin/env bash
# chart.sh FOLDER: packages the Helm chart into FOLDER, the same bytes for the same sources: the files bear the time
# SOURCE_DATE_EPOCH, which Helm 4 keeps.
set -euo pipefail
cd "$(dirname "$0")/../.."
export HELM_MAJOR=4
source hack/tools/path.sh helm
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r charts/trussmodel-operator "$copy"
find "$copy" -exec touch --date "@${SOURCE_DATE_EPOCH:-315532800}" {} +
mkdir -p "$1"
helm package "$copy/trussmodel-operator" --destination "$1" > /dev/null
