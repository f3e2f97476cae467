#!/usr/bin/env bash
# Prints the folder of a prometheus to put on PATH, or nothing where the one on PATH will do.
set -euo pipefail
cd "$(dirname "$0")/../.."
source hack/tools/of-prometheus.sh
of_prometheus prometheus 3
