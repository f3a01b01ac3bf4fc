#!/bin/sh
# Prints the path of promtool, the checker of Prometheus: the one that is installed, one named in PROMTOOL, or, on Debian, one
# unpacked out of the package `prometheus` into Cargo's target directory, so that no server is installed and none started.
set -eu

if [ -n "${PROMTOOL:-}" ]; then
    echo "$PROMTOOL"
    exit 0
fi
if command -v promtool; then
    exit 0
fi

root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}/promtool
tool=$target/usr/bin/promtool
if [ -x "$tool" ]; then
    echo "$tool"
    exit 0
fi

fail() {
    echo "promtool is not there and $1. Install it (Debian: apt-get install prometheus) or name it in PROMTOOL." >&2
    exit 1
}
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || fail "this is no Debian to take it from"

mkdir -p "$target"
new=$(mktemp -d "$target/new.XXXXXX")
trap 'rm -rf "$new"' EXIT
cd "$new"
# The package is only unpacked: any user may do that. Only root can make a stale list of packages new.
if ! apt-get -qq -o APT::Sandbox::User=root download prometheus >&2; then
    [ "$(id -u)" = 0 ] || fail "its package cannot be downloaded (apt-get update, as root, may help)"
    apt-get -qq update >&2 || fail "the list of packages cannot be read"
    apt-get -qq -o APT::Sandbox::User=root download prometheus >&2 || fail "its package cannot be downloaded"
fi
dpkg-deb -x prometheus_*.deb tree
mkdir -p "$target/usr/bin"
# By rename, so that another who looks at the same time finds all of it or nothing.
mv tree/usr/bin/promtool "$tool"
echo "$tool"
