#!/usr/bin/env bash
# Prints the path of a program that tests or benchmarks use, one of the list below; exit 1 if it is not to be had.
#
# A missing one is unpacked from its Debian package into .cache/programs instead of being installed:
# installing would start a monitoring server, or rotate this machine's logs every day.
set -euo pipefail
cd "$(dirname "$0")/.."

program=$1
case $program in
    strace) packages=(strace libunwind8) ;;
    logrotate) packages=(logrotate libpopt0) ;;
    prometheus | promtool) packages=(prometheus) ;;
    java) packages=(openjdk-17-jre-headless) ;;
    influxd) packages=(influxdb) ;;
    prometheus-alertmanager) packages=(prometheus-alertmanager) ;;
    chromium-headless-shell) packages=(chromium-headless-shell) ;; # and what it needs: see missing_packages
    mtail) packages=(mtail) ;;
    goaccess) packages=(goaccess libmaxminddb0 libncursesw6 libtinfo6) ;;
    rg) packages=(ripgrep libpcre2-8-0) ;;
    valgrind) packages=(valgrind) ;;
    *)
        echo "find-program: does not know $program" >&2
        exit 2
        ;;
esac
unpacked=.cache/programs/${packages[0]}

says_version() {
    case $program in
        influxd) "$1" version >/dev/null 2>&1 ;;
        *) "$1" --version >/dev/null 2>&1 ;;
    esac
}

find_working() {
    local candidate
    for candidate in "$(command -v "$program" || true)" /usr/sbin/"$program" "$unpacked/run-$program"; do
        if [ -x "$candidate" ] && says_version "$candidate"; then
            realpath "$candidate"
            return
        fi
    done
    return 1
}

# Adds what a browser needs and this machine lacks: some twenty libraries, other ones in each release.
missing_packages() {
    [ "$program" = chromium-headless-shell ] || return 0
    local missing
    missing=$(apt-get install --simulate --no-install-recommends "$program" 2>/dev/null |
        awk '/^Inst (lib|chromium-common)/ { print $2 }') || return
    mapfile -t -O ${#packages[@]} packages <<<"$missing"
}

download_packages() {
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || return 1
    rm -rf "$unpacked"
    mkdir -p "$unpacked"
    [ "$program" != chromium-headless-shell ] || apt-cache show "$program" >/dev/null 2>&1 || apt-get update -q >/dev/null 2>&1
    missing_packages
    (
        cd "$unpacked" || exit
        # The lists of packages may not be there yet, or be old.
        apt-get download -q "${packages[@]}" || { apt-get update -q && apt-get download -q "${packages[@]}"; } || exit
        for package in *.deb; do dpkg-deb -x "$package" . || exit; done
        rm -- *.deb
        # Links to where the package would be installed lead to where it was unpacked.
        find . -lname '/*' -printf '%p %l\n' | while read -r link target; do
            if [ -e "$PWD$target" ]; then ln -sfn "$PWD$target" "$link"; fi
        done
    ) >/dev/null 2>&1 || { rm -rf "$unpacked" && return 1; }
}

# Writes a script that runs the unpacked program with the libraries of its packages.
write_runner() {
    local binary libraries tools
    binary=$(find "$PWD/$unpacked" -type f \( -path "*bin/$program" -o -path "*lib/chromium/$program" \) | sort | tail -n 1)
    libraries=$(find "$PWD/$unpacked" -name '*.so*' -printf '%h\n' | sort -u | paste -sd :)
    # Where Valgrind looks for its tools; no other program asks for that.
    tools=$(find "$PWD/$unpacked" -type d -path '*/lib*/valgrind' | head -n 1)
    printf '#!/bin/sh\nVALGRIND_LIB=%q LD_LIBRARY_PATH=%q exec %q "$@"\n' "$tools" "$libraries" "$binary" \
        >"$unpacked/run-$program"
    chmod +x "$unpacked/run-$program"
}

find_working && exit
[ -d "$unpacked" ] || download_packages
write_runner
find_working
