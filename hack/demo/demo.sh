#!/usr/bin/env bash
# `make demo`: from nothing to an OpenAI client that talks to a model which runs because a TrussModel says so.
# Each step says what it does and how long it took, skips what is up to date and asks for nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."

began=$SECONDS
own_kubectl=$(command -v kubectl || true)
version=$(hack/dist/version.sh)
bold='' plain=''
[ -t 1 ] && bold=$'\e[1m' plain=$'\e[0m'
number=0 started=$SECONDS
step() { # step TITLE: closes the step before it
    took
    number=$((number + 1)) started=$SECONDS
    printf '\n%s%d. %s%s\n' "$bold" "$number" "$1" "$plain"
}
older_than_its_image() { # whether the example's pods run from an earlier run of the demo, before its image was built anew
    local oldest
    oldest=$(kubectl get pods --selector trussmodel.dev/name=echo --sort-by .metadata.creationTimestamp \
        --output 'jsonpath={.items[0].metadata.creationTimestamp}' 2>/dev/null) || return 1
    [[ -n $oldest && $(docker image inspect --format '{{.Created}}' "trussmodel/example-echo:$version") > $oldest ]]
}
took() { [ "$number" = 0 ] || printf '   (%d s)\n' $((SECONDS - started)); }
run() { # run COMMAND...: shows it as a reader would type it
    printf '   $ %s\n' "$(.venv/bin/python -c 'import shlex, sys; print(shlex.join(sys.argv[1:]))' "$@")"
    "$@" 2>&1 | sed 's/^/   /'
}
trap 'printf "\nThe demo stopped at step %d; what it needs is named above. It can be run again.\n" "$number" >&2' ERR

step "A cluster: KUBECONFIG's, else a kind cluster named trussmodel"
# shellcheck source=hack/cluster/use.sh
source hack/cluster/use.sh
# shellcheck source=hack/tools/path.sh
source hack/tools/path.sh helm kubectl
run kubectl get nodes

step "Images of the operator and of the examples, built here and loaded into the cluster"
hack/images/build.sh
hack/images/load.sh trussmodel/{operator,example-echo,example-completions}:"$version"

step "The operator, installed with Helm"
hack/install.sh | sed 's/^/   /'

step "A TrussModel, applied"
manifest=examples/echo/trussmodel.yaml
if [ -n "${IMAGE_REPOSITORY:-}" ]; then
    manifest=$(mktemp)
    sed "s#image: trussmodel/#image: $IMAGE_REPOSITORY/#" examples/echo/trussmodel.yaml >"$manifest"
fi
sed 's/^/   | /' "$manifest"
run kubectl apply -f "$manifest"
if older_than_its_image; then
    # The same tag names other contents now: only new pods have them.
    run kubectl rollout restart deployment/echo
    run kubectl rollout status deployment/echo --timeout 300s
fi
run kubectl wait trussmodel/echo --for=condition=Ready --timeout 300s
run kubectl get trussmodels
echo "   The routes that its status says are served:"
run kubectl get trussmodel echo -o 'jsonpath={range .status.routes[*]}{.method} {.path}{"\n"}{end}'

step "Questions to the model, through a port-forward to its Service"
.venv/bin/python hack/demo/ask.py echo | sed 's/^/   /'
took

use="export KUBECONFIG=$KUBECONFIG"
[ -n "$own_kubectl" ] || use="$use PATH=$(dirname "$(command -v kubectl)"):\$PATH"
cat <<END

${bold}The first answer came from a model that one \`kubectl apply\` started.${plain} All of it took $((SECONDS - began)) s.

Try next:
   $use
   kubectl get trussmodel echo -o yaml            what the operator says of it, in full
   kubectl explain trussmodel.spec                what can be set
   kubectl apply -f examples/completions/trussmodel.yaml
                                                  a model of another shape: only /v1/completions
   kubectl scale trussmodel echo --replicas 2     it scales like a Deployment
   kubectl patch trussmodel echo --type merge -p '{"spec":{"image":"trussmodel/absent:1"}}'
                                                  a mistake: the old pods go on serving, the status says what is wrong

Remove everything:
   make demo-down
END
