# A throw-away MariaDB on 127.0.0.1:$port, user root, no password.
PATH=$PATH:/usr/local/sbin:/usr/sbin # where Debian keeps the server, and not every user looks
command -v mariadbd >/dev/null && command -v mariadb-install-db >/dev/null || exit 69
run_as mysql mariadbtest
export TMPDIR="$run"

# The socket's name is relative, to the data: the system limits its length.
start_server() {
  serve ': ready for connections' mariadbd --no-defaults --user="$user" --datadir="$run/data" --bind-address=127.0.0.1 --port="$port" \
    --socket=socket --pid-file=pid --skip-name-resolve --character-set-server=utf8mb4 --collation-server=utf8mb4_general_ci \
    --innodb-flush-log-at-trx-commit=2 --innodb-buffer-pool-size=32M
}

mariadb-install-db --no-defaults --user="$user" --datadir="$run/data" --auth-root-authentication-method=normal \
  --skip-name-resolve >"$run/log" 2>&1 || fail
obey
