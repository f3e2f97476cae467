#!/usr/bin/env bash
# registry.sh IMAGE: whether the image can be had: it is here already, or its registry answers within seconds.
set -euo pipefail
docker image inspect "$1" > /dev/null 2>&1 || timeout 15 docker manifest inspect "$1" > /dev/null 2>&1
