#!/usr/bin/env bash
# A decision from one archive, and from a program that PyInstaller built: frozen.sh PYTHON WHEEL FOLDER
# FOLDER is empty and outside the checkout.
set -euo pipefail

python=$1 wheel=$2 folder=$3
root=$(cd "$(dirname "$0")/.." && pwd)
pip() { "$python" -m pip --disable-pip-version-check --quiet "$@"; }

# The dependencies travel along, but for those with machine code, which cannot be imported from there: msgspec stands
# beside the archive, and the shipped pack, which comes compiled, needs no other.
pip install --target "$folder/zip" "$wheel"
mkdir "$folder/beside"
mv "$folder"/zip/msgspec* "$folder/beside"
cp "$root/scripts/decide.py" "$folder/zip/__main__.py"
"$python" -m zipapp "$folder/zip" --compress --output "$folder/decide.pyz"
(cd "$folder" && PYTHONPATH=$folder/beside "$python" -S decide.pyz)

"$python" -m venv "$folder/build"
"$folder/build/bin/python" -m pip --disable-pip-version-check --quiet install "$wheel" pyinstaller
cp "$root/scripts/decide.py" "$folder/decide.py"
(cd "$folder" && build/bin/pyinstaller --noconfirm --log-level ERROR --onedir decide.py)
(cd / && "$folder/dist/decide/decide")
