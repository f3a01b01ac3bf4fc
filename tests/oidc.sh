#!/bin/sh
# A provider of identities, oidc-provider, which signs people in to the portal in tests: from npm, in the versions that tests/oidc/ pins, into
# TARGET-DIRECTORY/oidc. Nothing of the system is changed. Silent, and quick, when nothing is missing; says what it could not get.
#
# Usage: tests/oidc.sh [TARGET-DIRECTORY]
set -u

pins=$(CDPATH= cd -- "$(dirname -- "$0")/oidc" && pwd)
oidc=${1:-${CARGO_TARGET_DIR:-target}}/oidc

lacks() { # WHY
    echo "the tests of single sign-on need oidc-provider, which could not be installed here: $1" >&2
    exit 1
}

command -v node >/dev/null || lacks 'there is no node (Debian: apt-get install nodejs, 20 or newer)'
# Installed for good when its pins were written down after it.
[ -d "$oidc/node_modules" ] && cmp -s "$pins/package-lock.json" "$oidc/installed.json" && exit 0

command -v npm >/dev/null || lacks 'there is no npm (Debian: apt-get install npm)'
mkdir -p "$oidc" || exit 1
cp "$pins/package.json" "$pins/package-lock.json" "$oidc/"
# What npm says goes to standard error: standard output is left to the tests.
npm ci --silent --no-audit --no-fund --ignore-scripts --prefix "$oidc" >&2 ||
    lacks 'npm could not get all of tests/oidc/package-lock.json'
cp "$pins/package-lock.json" "$oidc/installed.json"
