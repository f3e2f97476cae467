#!/usr/bin/env bash
# packages.sh FOLDER [PART...]: builds the sdists of the distributions, and of these their wheels, into FOLDER. The same
# sources make the same bytes; SOURCE_DATE_EPOCH is the time that the files in them bear.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$1
shift
[ $# -gt 0 ] || set -- runtime operator plugin
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-315532800}
for part in "$@"; do
    hack/python/uv.sh build --quiet --no-build-isolation --python .venv/bin/python --no-create-gitignore \
        --out-dir "$folder" "$part"
done
