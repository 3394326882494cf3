#!/usr/bin/env bash
# What the GitHub action does, in the folder with scopeguard.toml: lint, test, and who gains what since BASE.
#
# Annotations go to the output, the report to the job summary and to one comment on the pull request NUMBER, which is
# rewritten from then on. Status 1 where anything is wrong.
set -uo pipefail

folder=${RUNNER_TEMP:-$(mktemp -d)}/scopeguard-review
mkdir -p "$folder"
report=$folder/report.md
sarif=$folder/scopeguard.sarif
failed=0

# section TITLE FILE STATUS: a part of the report
section() {
    local mark="passed"
    [ "$3" -eq 0 ] || mark="**failed**"
    printf '### %s: %s\n\n' "$1" "$mark"
    # A fence is ended by nothing that a policy may say: four backquotes, and none of the text has as many.
    [ ! -s "$2" ] || { printf '````text\n'; head -c 20000 "$2" | sed 's/````/` ` ` `/g'; printf '\n````\n\n'; }
}

printf '<!-- scopeguard -->\n## Access policies\n\n' > "$report"

GITHUB_STEP_SUMMARY="" scopeguard lint --format github
scopeguard lint > "$folder/lint.txt" 2>&1
status=$?
[ "$status" -eq 0 ] || failed=1
section "Lint" "$folder/lint.txt" "$status" >> "$report"
scopeguard lint --format sarif > "$sarif" || true

GITHUB_STEP_SUMMARY="" scopeguard test --format github
scopeguard test > "$folder/test.txt" 2>&1
status=$?
[ "$status" -eq 0 ] || failed=1
section "Tests" "$folder/test.txt" "$status" >> "$report"

if [ -n "${BASE:-}" ]; then
    # A checkout of one commit does not have the one that it is compared with.
    git cat-file -e "$BASE^{commit}" 2> /dev/null || git fetch --quiet --depth=1 origin "$BASE" || true
    scopeguard diff --git "$BASE" --format github
    scopeguard diff --git "$BASE" --format markdown > "$folder/diff.md" 2> "$folder/diff.txt"
    status=$?
    [ "$status" -eq 0 ] || failed=1
    if [ -s "$folder/diff.md" ]; then
        { printf '### Who gains what\n\n'; head -c 40000 "$folder/diff.md"; printf '\n'; } >> "$report"
    else
        section "Who gains what" "$folder/diff.txt" "$status" >> "$report"
    fi
fi

[ -z "${GITHUB_STEP_SUMMARY:-}" ] || cat "$report" >> "$GITHUB_STEP_SUMMARY"
[ -z "${GITHUB_OUTPUT:-}" ] || printf 'report=%s\nsarif=%s\n' "$report" "$sarif" >> "$GITHUB_OUTPUT"

if [ "${COMMENT:-false}" = true ] && [ -n "${NUMBER:-}" ]; then
    comments="repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments"
    known=$(gh api --paginate "$comments" --jq '.[] | select(.body | startswith("<!-- scopeguard -->")) | .id' | head -n 1)
    if [ -n "$known" ]; then
        gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$known" --field "body=@$report" > /dev/null
    else
        gh api --method POST "$comments" --field "body=@$report" > /dev/null
    fi || echo "::warning title=scopeguard::the comment could not be written"
fi

exit "$failed"
