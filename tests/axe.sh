#!/bin/sh
# axe-core, which looks for what keeps people from using a page, from npm in a pinned version into TARGET-DIRECTORY/axe. Silent, and quick, when it
# is there. If it could not be got, it says so, and the tests that need it are left out; in CI (CI is set) it fails.
#
# Usage: tests/axe.sh [TARGET-DIRECTORY]
set -u

version=4.14.1
directory=${1:-${CARGO_TARGET_DIR:-target}}/axe

grep -q "\"version\": \"$version\"" "$directory/package/package.json" 2>/dev/null && exit 0

get() {
    command -v npm >/dev/null || return 1
    rm -rf "$directory" && mkdir -p "$directory" || return 1
    # Only unpacked: nothing of it runs outside the browser.
    (cd "$directory" && npm pack --silent "axe-core@$version" >/dev/null && tar -xzf axe-core-*.tgz && rm axe-core-*.tgz)
}

get && exit 0
echo 'tests of accessibility are left out: they need axe-core, which npm could not get (Debian: apt-get install npm)' >&2
[ -z "${CI:-}" ]
