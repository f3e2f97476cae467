#!/usr/bin/env bash
# Writes the files that are generated from the code: the CustomResourceDefinition, the chart's copy of it, the API
# reference, the table of reasons, the plugin's command reference. `--check` writes nothing and fails when one of them is out of date.
set -euo pipefail
cd "$(dirname "$0")/.."
exec .venv/bin/python -m hack.generate "$@"
