# shellcheck shell=bash
# Sourced at the repository's root, after hack/tools/steps.sh: what images are built from, as tars for `docker build -`.
# The same content makes the same bytes, so that the builder knows it again.
# shellcheck disable=SC2154 # $cache is of steps.sh

# The time that the files of the operator's and the runtime's images bear; 1980 is the oldest that a wheel, a zip, can tell.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-315532800}

archive() { # archive FOLDER: whoever owns it
    tar -C "$1" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 --mode=u+w,a+rX --exclude=__pycache__ -c .
}

part() { # part operator|runtime: the context of its image; one at a time
    local context=$cache/images/$1
    hack/images/wheels.sh "$1" "$context"
    cp "images/$1"/* "$context"
    archive "$context"
}
