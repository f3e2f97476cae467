#!/usr/bin/env bash
# Everything that can be said of the code without running it. Each check runs even when an earlier one failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
bin=.venv/bin
status=0
# shellcheck source=hack/tools/path.sh
source hack/tools/path.sh actionlint
check() { # check NAME COMMAND...
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        printf 'ok      %s\n' "$name"
    else
        printf 'FAILED  %s\n%s\n' "$name" "$output"
        status=1
    fi
}
mapfile -t scripts < <(git ls-files --cached --others --exclude-standard '*.sh')
check "ruff" $bin/ruff check .
check "format" $bin/ruff format --check .
check "types" $bin/mypy
check "imports" $bin/lint-imports
check "shell" $bin/shellcheck --external-sources "${scripts[@]}" .ci/run
check "yaml" $bin/yamllint --strict .
check "workflows" actionlint -shellcheck $bin/shellcheck
check "workflows' security" $bin/zizmor --offline --no-progress --quiet --persona auditor .github
check "issue forms" $bin/check-jsonschema --quiet --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/{bug,wish}.yml
check "dependabot" $bin/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
check "pinned packages" hack/python/lock.sh --check
check "generated files" hack/generate.sh --check
check "documentation" hack/docs.sh --check
check "house rules" $bin/python hack/house.py
exit $status
