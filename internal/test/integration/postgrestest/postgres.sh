# A throw-away PostgreSQL cluster on 127.0.0.1:$port, user postgres, no password.
for bin in "$(dirname "$(command -v initdb || echo /nowhere/)")" /usr/lib/postgresql/*/bin; do
  [ -x "$bin/initdb" ] && [ -x "$bin/pg_ctl" ] && break
done
[ -x "$bin/initdb" ] && [ -x "$bin/pg_ctl" ] || exit 69
run_as postgres postgrestest
as=
[ "$(id -u)" != 0 ] || as="runuser -u $user --"

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

end_server() { $as "$bin/pg_ctl" -D "$run/data" -m immediate stop || :; }

$as sh -c 'umask 077 && : >"$1"' sh "$run/log"
$as "$bin/initdb" -D "$run/data" -U postgres -A trust --no-sync -E UTF8 --locale=C >>"$run/log" 2>&1 || fail
obey
