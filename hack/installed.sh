# shellcheck shell=bash
# Sourced at the repository's root. A cluster (KUBECONFIG's, else a kind one) with our images and the operator in it, for
# what needs all of that: on a kind cluster of two nodes.
# shellcheck source=hack/cluster/use.sh
source hack/cluster/use.sh
# shellcheck source=hack/tools/path.sh
source hack/tools/path.sh helm kubectl
[ -z "$KIND_CLUSTER" ] || hack/cluster/worker.sh
hack/images/build.sh
version=$(hack/dist/version.sh)
hack/images/load.sh trussmodel/{operator,example-echo,example-completions,test-lab,test-bare,test-foreign,test-stranger,test-registry,test-private}:"$version"
hack/install.sh
