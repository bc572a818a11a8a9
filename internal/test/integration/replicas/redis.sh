# A throw-away Redis on 127.0.0.1:$port, whose data outlive a crash, and whose folder is removed at the end.
command -v redis-server >/dev/null || exit 69
run=$(mktemp -d)

start_server() {
  serve 'Ready to accept connections' redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly yes --appendfsync always --dir "$run"
}

obey
