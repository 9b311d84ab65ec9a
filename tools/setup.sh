#!/bin/sh
# Finds a Python that can run Nextword and hands over to setup.py. Knows nothing of what is installed.
set -eu
cd "$(dirname "$0")/.."

runs() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; }
makes_environments() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# Prints the first usable Python; with "any" also one that lacks the venv module.
find_python() {
    for candidate in ${PYTHON:-} python3.11 python3.12 python3.13 python3 python; do
        if runs "$candidate" && { [ "$1" = any ] || makes_environments "$candidate"; }; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

# Installs Debian packages where it may; fails where it may not.
install_packages() {
    command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || return 1
    echo "Set-up: installing $* with apt-get"
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -q --no-install-recommends "$@" >/dev/null 2>&1 ||
        { apt-get update -q >/dev/null 2>&1 && apt-get install -y -q --no-install-recommends "$@" >/dev/null; }
}

if ! python=$(find_python complete); then
    if bare=$(find_python any); then
        version=$("$bare" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
        install_packages "$version-venv" || {
            echo "$version cannot make environments here: install its venv module with: sudo apt-get install $version-venv" >&2
            exit 1
        }
    else
        install_packages python3 python3-venv && find_python complete >/dev/null || {
            echo "Nextword needs Python 3.11, 3.12 or 3.13, and none was found: install one, for example with: sudo apt-get install python3 python3-venv" >&2
            exit 1
        }
    fi
    python=$(find_python complete) || {
        echo "Python's venv module still does not work here: install Python 3.11, 3.12 or 3.13 completely, then run this again." >&2
        exit 1
    }
fi
exec "$python" tools/setup.py "$@"
