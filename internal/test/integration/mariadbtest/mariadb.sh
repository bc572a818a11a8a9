#!/bin/sh
# A throw-away MariaDB on 127.0.0.1:$1, user root, no password. What it says and obeys: see package throwaway. Exits with 69 where
# MariaDB is not installed.
set -eu
port=$1

PATH=$PATH:/usr/local/sbin:/usr/sbin # where Debian keeps the server, and not every user looks
command -v mariadbd >/dev/null && command -v mariadb-install-db >/dev/null || exit 69

cd /
tmp=${TMPDIR:-/tmp}
user=$(id -un)
if [ "$(id -u)" = 0 ]; then # whom MariaDB refuses
  user=mysql
  id $user >/dev/null 2>&1 || exit 69
  runuser -u $user -- test -x "$tmp" || tmp=/tmp # a folder of root's own
fi
run=$(mktemp -d "$tmp/mariadbtest.XXXXXX")
export TMPDIR="$run"
pid=

# It also waits for the log's writer, which would take a line from the next server.
kill_server() {
  [ -z "$pid" ] || kill -KILL "$pid" || :
  pid=
  wait
}
finish() {
  exec >/dev/null 2>&1 # nobody may be there to read
  kill_server
  rm -rf "$run"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

fail() {
  cat "$run/log" >&2
  exit 1
}

# The socket's name is relative, to the data: the system limits its length.
start_server() {
  mariadbd --no-defaults --user="$user" --datadir="$run/data" --bind-address=127.0.0.1 --port="$port" \
    --socket=socket --pid-file=pid --skip-name-resolve --character-set-server=utf8mb4 --collation-server=utf8mb4_general_ci \
    --innodb-flush-log-at-trx-commit=2 --innodb-buffer-pool-size=32M >"$run/says" 2>&1 &
  pid=$!
  exec 3<"$run/says"
  while read -r line <&3; do
    echo "$line" >>"$run/log"
    case $line in *': ready for connections'*)
      cat <&3 >>"$run/log" & # a full pipe would stop the server
      exec 3<&-
      return
      ;;
    esac
  done
  exec 3<&-
  fail # it ended
}

[ "$user" != mysql ] || chown mysql "$run"
mkfifo "$run/says"
mariadb-install-db --no-defaults --user="$user" --datadir="$run/data" --auth-root-authentication-method=normal \
  --skip-name-resolve >"$run/log" 2>&1 || fail
start_server

echo ready
while read -r command; do
  case $command in
  kill) kill_server; echo killed ;;
  start) start_server; echo ready ;;
  esac
done
