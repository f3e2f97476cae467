#!/usr/bin/env bash
# notes.sh [VERSION]: prints what CHANGELOG.md says of a version, by default that of the sources.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
version=${1:-$(hack/dist/version.sh)}
notes=$(awk -v head="## $version" '
    /^## / {on = $0 == head || index($0, head " ") == 1; next}
    on {print}' CHANGELOG.md)
[[ $notes = *[![:space:]]* ]] || fail "CHANGELOG.md says nothing of $version: give it a section '## $version'"
printf '%s\n' "$notes"
