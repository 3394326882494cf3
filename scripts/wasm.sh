#!/bin/sh
# Run pytest in CPython for WebAssembly: wasm.sh PYODIDE SITE ROOT [ARGUMENT ...]
# WebAssembly calls nest on the stack of node, which is small where nothing else is said.
set -eu
stack=960
if ulimit -s 65536 2>/dev/null; then stack=60000; fi
exec node --stack-size=$stack "$(dirname "$0")/wasm.mjs" "$@"
