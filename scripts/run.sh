#!/usr/bin/env bash
# `make run`: starts the service on live traffic, and shows what /metrics says of it.
#
# RUN_SECONDS is how long the traffic lasts, 10 by default. Ends by itself; with 1 if the service
# counted anything but what was sent.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${RUN_SECONDS:-10}
export DEMO_DIRECTORY=$PWD/.cache/run
log=$DEMO_DIRECTORY/access.log
nginx_pid='' service_pid=''

stop() {
    local pid
    for pid in $service_pid $nginx_pid; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    service_pid='' nginx_pid=''
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

free_port() {
    .venv/bin/python -c 'import socket
with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    print(s.getsockname()[1])'
}

# Follows the log and listens at DEMO_PORT.
start_service() {
    DEMO_PORT=$(free_port)
    export DEMO_PORT
    echo "• logagent run -c scripts/demo/config.toml"
    .venv/bin/logagent run -c scripts/demo/config.toml &
    service_pid=$!
    local _
    for _ in {1..100}; do
        is_ready && return
        kill -0 "$service_pid" 2>/dev/null || break
        sleep 0.1
    done
    echo "run: the service did not start" >&2
    exit 1
}

is_ready() {
    .venv/bin/python -c 'import sys, urllib.request
urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/-/ready", timeout=5)' "$DEMO_PORT" 2>/dev/null
}

# Starts an nginx of our own; fails if there is none, or it does not start.
start_nginx() {
    local nginx
    nginx=$(scripts/find-nginx.sh) || return 1
    nginx_port=$(free_port) || return 1
    sed "s/@PORT@/$nginx_port/" scripts/demo/nginx.conf >"$DEMO_DIRECTORY/nginx.conf"
    "$nginx" -p "$DEMO_DIRECTORY/" -e error.log -c nginx.conf &
    nginx_pid=$!
    echo "• $("$nginx" -v 2>&1 | sed 's/.*: //') on 127.0.0.1:$nginx_port under load, $seconds seconds at most"
}

# Sends requests, and shows a scrape halfway.
send_load() {
    .venv/bin/python scripts/load.py "$nginx_port" "$seconds" >"$DEMO_DIRECTORY/sent" &
    local load_pid=$!
    sleep "$(awk "BEGIN { print $seconds / 2 }")"
    .venv/bin/python scripts/scrape.py "$DEMO_PORT" || true
    wait "$load_pid" || return 1
    cat "$DEMO_DIRECTORY/sent"
    sent=$(tr -cd '0-9' <"$DEMO_DIRECTORY/sent")
}

# Writes generated lines instead, a part at a time.
write_generated() {
    local part parts=10 lines=20000
    echo "• no nginx could be run here; writing generated traffic instead"
    : >"$log"
    for ((part = 1; part <= parts; part++)); do
        .venv/bin/logagent generate --format combined --lines $lines --seed "$part" -o - >>"$log"
    done
    sent=$((parts * lines))
}

rm -rf "$DEMO_DIRECTORY"
mkdir -p "$DEMO_DIRECTORY/tmp"
sent=0
start_service
if ! { start_nginx && send_load; }; then
    if [ -s "$log" ]; then
        echo "run: the load failed" >&2
        exit 1
    fi
    write_generated
fi
echo "• http://127.0.0.1:$DEMO_PORT/metrics"
verdict=0
.venv/bin/python scripts/scrape.py "$DEMO_PORT" "$sent" || verdict=$?
stop
cat <<END

The log is $log. Go on with, for example:
  .venv/bin/logagent scan --by section --sum bytes $log
  .venv/bin/logagent run -c config.toml        # a service of your own: docs/service.md
END
exit "$verdict"
