#!/bin/sh
# Make a virtual environment at $1 with Python 3.11 or newer, by whatever this machine has.
set -eu
target=$1
python=
for one in "${PYTHON:-}" python3.11 python3.12 python3.13 python3.14 python3; do
    if [ -n "$one" ] && command -v "$one" >/dev/null 2>&1 &&
        "$one" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$one
        break
    fi
done
if [ -z "$python" ]; then
    echo "需要 Python 3.11 或更高版本 (needs Python 3.11 or newer)：apt install python3 python3-venv" >&2
    exit 1
fi
rm -rf "$target"
if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    "$python" -m venv "$target"
elif command -v uv >/dev/null 2>&1; then
    uv venv --quiet --python "$python" "$target"
elif "$python" -c 'import venv, pip' 2>/dev/null; then
    "$python" -m venv --without-pip "$target"
else
    # Debian keeps pip out of python3. Its wheel is in a package that anybody may download, root or not.
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    if ! (cd "$scratch" && apt-get download -qq python3-pip-whl && dpkg-deb -x ./*.deb .) >/dev/null 2>&1; then
        echo "缺少 python3-venv (the venv module is missing)：apt install python3-venv" >&2
        exit 1
    fi
    "$python" -m venv --without-pip "$target"
    wheel=$(find "$scratch" -name 'pip-*.whl')
    PYTHONPATH=$wheel "$target/bin/python" -m pip install --quiet --no-index "$wheel"
fi
