#!/usr/bin/env bash
# Prints the folder of a node_modules with OpenAI's official client for Node.js, pinned: the tests of the runtime run it.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/steps.sh
version=6.49.0
hack/debian/install.sh "OpenAI's client for Node.js is tested" node=nodejs npm=npm
major=$(node --version)
major=${major#v}
[ "${major%%.*}" -ge 20 ] || fail "Node.js 20 or newer is needed on PATH as node (found: $(node --version)): install it."
folder=$cache/openai-node-$version
if [ ! -d "$folder" ]; then
    rm -rf "$folder.part"
    mkdir -p "$folder.part"
    npm install --prefix "$folder.part" --no-save --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error \
        "openai@$version" >&2 || fail "npm cannot install openai $version: see above."
    mv "$folder.part" "$folder"
fi
echo "$folder/node_modules"
