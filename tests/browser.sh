#!/bin/sh
# The browser in which the Admin Portal is tested: Chromium and its driver. Installs them if they are missing (as root with apt-get). If it
# cannot, it says so, and the tests in a browser are left out; in CI (CI is set) it fails. Silent, and quick, when nothing is missing.
#
# Of the two forms of Chromium, the headless shell takes less than half of the processor time. The other one will do.
#
# Usage: tests/browser.sh
set -u

has() {
    command -v "$1" >/dev/null || [ -x "/usr/bin/$1" ]
}

has_browser() {
    { has chromium-headless-shell || has chromium; } && has chromedriver
}

can_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

# What it says goes to standard error: standard output is left to the tests.
apt_install() {
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "$@" >&2
}

if can_install && ! { has chromium-headless-shell && has chromedriver; }; then
    timeout 120 apt-get -qq update >&2
    apt_install chromium-headless-shell chromium-driver || has_browser || apt_install chromium chromium-driver
fi
has_browser && exit 0

echo 'no chromium and chromedriver, and they could not be installed here (Debian: apt-get install chromium-headless-shell chromium-driver)' >&2
[ -z "${CI:-}" ] || exit 1
echo 'tests in a browser are left out' >&2
