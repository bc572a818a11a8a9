#!/bin/sh
# A throw-away PostgreSQL cluster on 127.0.0.1:$1, user postgres, no password. What it says and obeys: see package throwaway. Exits
# with 69 where PostgreSQL is not installed.
set -eu
port=$1

for bin in "$(dirname "$(command -v initdb || echo /nowhere/)")" /usr/lib/postgresql/*/bin; do
  [ -x "$bin/initdb" ] && [ -x "$bin/pg_ctl" ] && break
done
[ -x "$bin/initdb" ] && [ -x "$bin/pg_ctl" ] || exit 69

cd /
tmp=${TMPDIR:-/tmp}
as=
if [ "$(id -u)" = 0 ]; then # whom PostgreSQL refuses
  id postgres >/dev/null 2>&1 || exit 69
  as='runuser -u postgres --'
  $as test -x "$tmp" || tmp=/tmp # a folder of root's own
fi
run=$(mktemp -d "$tmp/postgrestest.XXXXXX")
[ -z "$as" ] || chown postgres "$run"

finish() {
  exec >/dev/null 2>&1 # nobody may be there to read
  $as "$bin/pg_ctl" -D "$run/data" -m immediate stop || :
  rm -rf "$run"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

fail() {
  cat "$run/log" >&2
  exit 1
}
$as sh -c 'umask 077 && : >"$1"' sh "$run/log"
# All of the server's processes inherit the lock.
lock=$(command -v flock || :)
start_server() {
  $as ${lock:+"$lock" "$run/lock"} "$bin/pg_ctl" -D "$run/data" -w -l "$run/log" -o "-c listen_addresses=127.0.0.1 -p $port \
    -c unix_socket_directories= -c fsync=off -c full_page_writes=off" start >/dev/null 2>&1 || fail
}

# The processes of connections outlive the first one for a moment, and serve.
kill_server() {
  kill -KILL "$(head -n 1 "$run/data/postmaster.pid")"
  flock "$run/lock" rm "$run/data/postmaster.pid"
}

$as "$bin/initdb" -D "$run/data" -U postgres -A trust --no-sync -E UTF8 --locale=C >>"$run/log" 2>&1 || fail
start_server

echo ready
while read -r command; do
  case $command in
  kill) kill_server; echo killed ;;
  start) start_server; echo ready ;;
  esac
done
