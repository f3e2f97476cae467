#!/usr/bin/env bash
# `make screenshots`: docs/images/*.svg, drawn from what commands print on the cluster.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/installed.sh
source hack/installed.sh
# kubectl finds its plugin on PATH.
PATH=$PWD/.venv/bin:$PATH exec .venv/bin/python -m hack.screenshots
