#!/usr/bin/env bash
# Makes .venv hold exactly requirements/dev.txt and the three distributions, editable. Does nothing when it already does.
set -euo pipefail
cd "$(dirname "$0")/../.."
uv=hack/python/uv.sh
stamp=.venv/requirements.sha256
want=$(cat requirements/dev.txt {runtime,operator,plugin}/pyproject.toml | sha256sum)
[ "$(cat "$stamp" 2>/dev/null)" = "$want" ] && exit 0
echo "python: installing the pinned packages into .venv" >&2
[ -x .venv/bin/python ] || $uv venv --quiet --allow-existing --python "$(command -v python3)" .venv
$uv pip sync --quiet --python .venv/bin/python --require-hashes requirements/dev.txt
$uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation -e runtime -e operator -e plugin
echo "$want" > "$stamp"
