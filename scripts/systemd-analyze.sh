#!/usr/bin/env bash
# Runs systemd-analyze; exit 127 if there is none to be had.
#
# A missing one is unpacked from its Debian packages into .cache/systemd instead of being installed:
# a container, where it is missing, has no use for the rest of systemd.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)/.cache/systemd

# systemd-analyze and the libraries of it that a small Debian lacks.
packages=(
    systemd libsystemd-shared libapparmor1 libargon2-1 libcryptsetup12 libdevmapper1.02.1 libfdisk1
    libip4tc2 libjson-c5 libkmod2 libseccomp2 libssl3
)

unpack_packages() {
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
    rm -rf "$root" && mkdir -p "$root"
    (
        cd "$root"
        apt-get download -q "${packages[@]}" && for package in *.deb; do dpkg-deb -x "$package" .; done
    ) >/dev/null 2>&1
}

if analyze=$(command -v systemd-analyze); then
    exec "$analyze" "$@"
fi

analyze=$root/usr/bin/systemd-analyze
[ -x "$analyze" ] || unpack_packages || {
    echo "systemd-analyze: not installed, and could not be unpacked" >&2
    exit 127
}
libraries=$(find "$root" -name '*.so*' -printf '%h\n' | sort -u | paste -sd:)
# The units of Debian that ours names.
export SYSTEMD_UNIT_PATH=$root/usr/lib/systemd/system:$root/lib/systemd/system
LD_LIBRARY_PATH=$libraries exec "$analyze" "$@"
