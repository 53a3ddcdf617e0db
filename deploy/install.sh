#!/bin/sh
# Install the hash-locked file $2 into the virtual environment $1.
set -eu
target=$1
locked=$2
if "$target/bin/python" -c 'import pip' 2>/dev/null; then
    set -- "$target/bin/python" -m pip --disable-pip-version-check install --quiet
elif command -v uv >/dev/null 2>&1; then
    set -- uv pip install --quiet --python "$target/bin/python"
else
    set -- python3 -m pip --disable-pip-version-check --python "$target/bin/python" install --quiet
fi
echo "安装依赖 installing $locked …"
"$@" --require-hashes -r "$locked"
