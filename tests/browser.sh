#!/bin/sh
# The browser that tests of the Admin Portal are walked in: Chromium and its driver. Looks whether they are there, installs them when they
# are not (as root with apt-get), and says so when it cannot: those tests are then left out. Silent, and quick, when nothing is missing.
#
# Usage: tests/browser.sh
set -u

has() {
    command -v "$1" >/dev/null || [ -x "/usr/bin/$1" ]
}

has_browser() {
    has chromium && has chromedriver
}

can_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

# What it says goes to standard error: standard output is left to the tests.
apt_install() {
    apt-get -qq update >&2
    DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install chromium chromium-driver >&2
}

has_browser ||
    { can_install && apt_install && has_browser; } ||
    echo 'no chromium and chromedriver, and they could not be installed here: tests in a browser are left out (Debian: apt-get install chromium chromium-driver)' >&2
