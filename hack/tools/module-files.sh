# shellcheck shell=bash
# Sourced, from the repository's root: files out of Go modules, into a folder of the cache.
source hack/tools/steps.sh

# module_files NAME WHAT MODULE...: prints a folder with a file of each module, which is told as: module, version, its sum as in
# a go.sum, file in it.
module_files() {
    local name=$1 what=$2
    shift 2
    local home
    home=$cache/tools/$name-$(printf '%s\n' "$@" | sha256sum | cut -c1-12)
    if [ ! -d "$home" ]; then
        # shellcheck source=hack/tools/path.sh
        source hack/tools/path.sh go
        step "$what" fetch_module_files "$home" "$@"
    fi
    echo "$home"
}

fetch_module_files() { # fetch_module_files FOLDER MODULE...
    local home=$1 module
    shift
    rm -rf "$home.part"
    mkdir -p "$home.part"
    for module in "$@"; do
        # shellcheck disable=SC2086 # four words
        collect_module_file "$home.part" $module
    done
    chmod -R u+w "$home.part"
    mv "$home.part" "$home"
}

collect_module_file() { # collect_module_file FOLDER MODULE VERSION SUM FILE
    local said
    # Away from any go.mod: the module alone, not what it needs.
    said=$(cd / && GOFLAGS='' go mod download -json "$2@$3") || fail "the Go module $2 cannot be fetched: $said"
    [ "$(json_field Sum "$said")" = "$4" ] ||
        fail "the Go module $2@$3 is not the one that was pinned: $(json_field Sum "$said")"
    cp "$(json_field Dir "$said")/$5" "$1/"
}

json_field() { printf '%s\n' "$2" | sed -n "s/^\t\"$1\": \"\(.*\)\",\?\$/\1/p"; }
