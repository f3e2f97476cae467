#!/usr/bin/env bash
# chart.sh FOLDER: packages the Helm chart into FOLDER.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/path.sh helm
mkdir -p "$1"
helm package charts/trussmodel-operator --destination "$1" > /dev/null
