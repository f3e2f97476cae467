# shellcheck shell=bash
# Sourced at the repository's root by a script that prints the folder of a program of Prometheus's to put on PATH, or nothing
# where the one on PATH will do. It is built from its Go module, without the service discoveries, which nothing here has a use for.
source hack/tools/steps.sh

of_prometheus() { # of_prometheus PROGRAM MINUTES
    local name=$1 minutes=$2 home
    if "$name" --version > /dev/null 2>&1; then return; fi
    home=$cache/tools/$name-$(digest "hack/tools/$name")
    if [ ! -x "$home/$name" ]; then
        source hack/tools/path.sh go
        step "building $name from its Go module (the first time about $minutes minutes on two cores)" \
            env CGO_ENABLED=0 go build -C "hack/tools/$name" -tags remove_all_sd -trimpath -buildvcs=false -ldflags "-s -w" \
            -o "$home/$name" "github.com/prometheus/prometheus/cmd/$name" ||
            fail "$name could not be built (above). If modules could not be fetched: is a module proxy reachable (go env GOPROXY)?"
    fi
    echo "$home"
}
