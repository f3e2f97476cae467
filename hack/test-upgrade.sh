#!/usr/bin/env bash
# The tests of an upgrade and of its way back, with the operator of another commit in place of a changed one.
set -euo pipefail
cd "$(dirname "$0")/.."
ref=${1:?which commit, tag or branch? make test-upgrade REF=v0.1.0}
git rev-parse --quiet --verify "$ref^{commit}" >/dev/null || {
    echo "no commit $ref here: a tag or a branch must be fetched first" >&2
    exit 1
}
# shellcheck source=hack/cluster/assets.sh
source hack/cluster/assets.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
git archive "$ref" operator/src | tar -x -C "$folder"
printf 'the other operator is that of %s\n' "$(git log -1 --format='%h, %cs: %s' "$ref")"
ANOTHER_OPERATOR=$folder/operator/src hack/pytest.sh tests/integration/test_upgrade.py
