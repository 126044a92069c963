#!/bin/sh
# Compute requirements/*.txt anew: every package with its hashes, for Python 3.11 to 3.14 on every platform, and no URLs.
set -eu
cd "$(dirname "$0")/.."
command -v uv >/dev/null 2>&1 || { echo "make lock needs uv (https://docs.astral.sh/uv); nothing else does." >&2; exit 1; }
compile() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header "$@"
}
compile pyproject.toml --group build --output-file requirements/base.txt
compile pyproject.toml --group build --extra bulk --constraint requirements/base.txt --output-file requirements/bulk.txt
compile pyproject.toml --group build --group dev --extra bulk --constraint requirements/base.txt --output-file requirements/dev.txt
echo "The lock is new. Run make check and make test before you commit it."
