#!/bin/sh
# Print "version path" for each Python version named as an argument that this machine can run;
# say on standard error which are absent. Fail when there is none.
set -eu

runs() {
    # A version manager's shim may exist and still refuse to start.
    [ "$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$2" ]
}

found=0
for version in "$@"; do
    chosen=
    for candidate in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$version"*/bin/python "$(command -v "python$version" || :)"; do
        if [ -x "$candidate" ] && runs "$candidate" "$version"; then
            chosen=$candidate
            break
        fi
    done
    if [ -n "$chosen" ]; then
        echo "$version $chosen"
        found=1
    else
        echo "Python $version is not on this machine; not tested" >&2
    fi
done
[ "$found" = 1 ]
