#!/usr/bin/env bash
# `make run`: makes real web traffic for a few seconds and counts its access log.
#
# RUN_SECONDS is how long the traffic lasts, 10 by default.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${RUN_SECONDS:-10}
prefix=$PWD/.cache/run
log=.cache/run/access.log
nginx_pid=

stop_nginx() {
    if [ -n "$nginx_pid" ]; then
        kill "$nginx_pid" 2>/dev/null || true
        wait "$nginx_pid" 2>/dev/null || true
        nginx_pid=
    fi
}
trap stop_nginx EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

free_port() {
    .venv/bin/python -c 'import socket
with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    print(s.getsockname()[1])'
}

# Fills the log by an nginx of our own under load; fails if there is none, or it does not start.
serve_traffic() {
    local nginx port
    nginx=$(scripts/find-nginx.sh) || return 1
    port=$(free_port) || return 1
    sed "s/@PORT@/$port/" scripts/demo/nginx.conf >"$prefix/nginx.conf"
    "$nginx" -p "$prefix/" -e error.log -c nginx.conf &
    nginx_pid=$!
    echo "• $("$nginx" -v 2>&1 | sed 's/.*: //') on 127.0.0.1:$port under load, $seconds seconds at most"
    .venv/bin/python scripts/load.py "$port" "$seconds" || return 1
    stop_nginx
}

rm -rf "$prefix"
mkdir -p "$prefix/tmp"
if ! serve_traffic; then
    stop_nginx
    echo "• no nginx could be run here; writing generated traffic instead"
    .venv/bin/logagent generate --format combined --lines 200000 --seed 1 -o "$log"
fi

echo "• logagent scan --by method,status,section $log"
echo
.venv/bin/logagent scan --by method,status,section "$log"
cat <<END

The log is $log. Go on with, for example:
  .venv/bin/logagent scan --by section --sum bytes $log
  .venv/bin/logagent scan --by method,status -o json $log
  tail -n 3 $log | .venv/bin/logagent parse -
  .venv/bin/logagent scan --by status /var/log/nginx/*access.log*
END
