#!/bin/sh
# Build .venv from the locked requirements: `setup.sh base` to run Leadloom, `bulk` for `leadloom dedupe` too, `dev` to work on it.
# Quick when nothing changed; may be run as often as you like.
set -eu
set_name="${1:-base}"
lock="requirements/$set_name.txt"
[ -f "$lock" ] || { echo "setup: there is no set '$set_name'; use base, bulk or dev." >&2; exit 2; }

is_usable() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for name in ${PYTHON:-python3.14 python3.13 python3.12 python3.11 python3 python}; do
        if is_usable "$name"; then
            echo "$name"
            return 0
        fi
    done
    return 1
}

say_what_to_install() {
    echo "setup: Leadloom needs Python 3.11 or newer with its venv module; ${PYTHON:-no python3} will not do." >&2
    case "$(uname -s)" in
        Darwin) echo "  Install it:  brew install python@3.13   (or the installer from python.org)" >&2 ;;
        *)
            if command -v apt-get >/dev/null 2>&1; then
                echo "  Install it:  sudo apt install python3 python3-venv" >&2
                echo "  Where that gives an older Python:  sudo apt install python3.12 python3.12-venv" >&2
            else
                echo "  Install python3 (3.11 to 3.14) and its venv module with your system's packages." >&2
            fi ;;
    esac
    echo "  Or name one:  make PYTHON=/path/to/python3 setup" >&2
}

if [ ! -x .venv/bin/python ] || ! is_usable .venv/bin/python; then
    python="$(find_python)" || { say_what_to_install; exit 1; }
    echo "setup: making .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv
fi

stamp=".venv/.leadloom-$set_name"
wanted="$(.venv/bin/python scripts/lock_stamp.py "$lock")"
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && exit 0
if [ "$set_name" = base ] && [ -f .venv/.leadloom-dev ]; then
    dev_wanted="$(.venv/bin/python scripts/lock_stamp.py requirements/dev.txt)"
    [ "$(cat .venv/.leadloom-dev)" = "$dev_wanted" ] && exit 0  # the dev set holds the base set
fi

echo "setup: installing the $set_name set (the first time this takes a minute)"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
rm -f "$stamp"
# --no-deps: the lock is whole, so nothing has to be worked out.
# --no-compile: most of the vendors' modules are never loaded; what is loaded is compiled then.
.venv/bin/python -m pip install --quiet --no-deps --no-compile --require-hashes -r "$lock"
.venv/bin/python -m pip install --quiet --no-compile --no-deps --no-build-isolation -e .
echo "$wanted" > "$stamp"
