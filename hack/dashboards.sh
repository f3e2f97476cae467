#!/usr/bin/env bash
# `make dashboards`: docs/images/dashboard-*.png, drawn by the Grafana in GRAFANA_HOME (a folder, as its archive unpacks) over a
# Prometheus that has watched operators and models at work for a quarter of an hour. `--data FOLDER` keeps what Prometheus has
# seen, and draws from there the next time.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/cluster/assets.sh
source hack/cluster/assets.sh
# shellcheck source=hack/tools/path.sh
source hack/tools/path.sh helm prometheus
if [ -n "${GRAFANA_HOME:-}" ]; then
    hack/debian/install.sh "takes the pictures" chromium=chromium pngquant=pngquant
fi
PYTHONPATH=tests/support exec .venv/bin/python -m hack.screenshots.dashboards "$@"
