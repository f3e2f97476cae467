#!/usr/bin/env bash
# Writes the files that are generated from the code and from the chart: the CustomResourceDefinition, the API and the
# plugin's reference, tables of reasons and values, dashboards, deploy/install.yaml, snapshots of what the chart renders.
# `--check` writes nothing and fails when one of them is out of date.
set -euo pipefail
cd "$(dirname "$0")/.."
exec .venv/bin/python -m hack.generate "$@"
