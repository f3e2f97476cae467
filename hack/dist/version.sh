#!/usr/bin/env bash
# Prints the version that packages, images and chart have; `make lint` sees to it that they agree.
set -euo pipefail
cd "$(dirname "$0")/../.."
sed -n 's/^version = "\(.*\)"/\1/p' runtime/pyproject.toml
