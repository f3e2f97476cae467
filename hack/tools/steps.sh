# shellcheck shell=bash
# Sourced. How the scripts speak (what they do, how long it took, what is missing) and where they keep what they made.
# shellcheck disable=SC2034 # used by those who source this
cache=${XDG_CACHE_HOME:-$HOME/.cache}/trussmodel

say() { printf '%s\n' "$*" >&2; }

fail() { # fail WHAT-IS-WRONG-AND-WHAT-TO-DO
    printf 'error: %s\n' "$*" >&2
    exit 1
}

step() { # step WHAT COMMAND...: says what is being done and, when it is done, how long it took
    local what=$1 from=$EPOCHREALTIME
    shift
    say "$what ..."
    "$@"
    local status=$?
    say "$what: $(awk -v a="$from" -v b="$EPOCHREALTIME" 'BEGIN {printf "%.1f", b - a}') s"
    return $status
}

digest() { # digest PATH...: of the content of files and folders, to tell whether what was made from them is current
    find "$@" -type f -not -path '*/__pycache__/*' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-12
}
