#!/usr/bin/env bash
# `make e2e`: a cluster, our images in it, the operator by its chart, and the tests that need all that.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=hack/cluster/use.sh
source hack/cluster/use.sh
# shellcheck source=hack/tools/path.sh
source hack/tools/path.sh helm kubectl
[ -z "$KIND_CLUSTER" ] || hack/cluster/worker.sh
hack/images/build.sh
version=$(sed -n 's/^version = "\(.*\)"/\1/p' runtime/pyproject.toml)
hack/images/load.sh trussmodel/{operator,example-echo,example-completions,test-lab,test-bare,test-foreign,test-stranger}:"$version"
hack/install.sh
exec hack/pytest.sh tests/e2e "$@"
