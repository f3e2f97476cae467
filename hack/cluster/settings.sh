# shellcheck shell=bash
# shellcheck disable=SC2034 # each script that sources this uses some of it
# Sourced at the repository's root. What the cluster is made of and where its parts lie.
source hack/tools/steps.sh

cluster=${CLUSTER_NAME:-trussmodel}
kubeconfig=$cache/kubeconfig${CLUSTER_NAME:+-$CLUSTER_NAME}

kind_version=v0.33.0
stock_node_image=kindest/node:v1.37.0 # kind v0.33.0's own default

# Built from source. The last minor that runs on Debian bookworm's containerd 1.6; go/kubernetes/go.mod names it too.
kubernetes_version=v1.35.4
bin=$cache/bin/$(digest hack/cluster/{go,binaries.sh})
node_image=trussmodel/kind-node:$kubernetes_version-$(digest hack/{cluster/{go,node,binaries.sh,settings.sh},debian/rootfs.sh,docker/oci-noresource})
