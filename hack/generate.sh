#!/usr/bin/env bash
# Writes the files that are generated from the operator's types: the CustomResourceDefinition, the chart's copy of it,
# the API reference and the table of reasons. `--check` writes nothing and fails when one of them is out of date.
set -euo pipefail
cd "$(dirname "$0")/.."
exec .venv/bin/python -m hack.generate "$@"
