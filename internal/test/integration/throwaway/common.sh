# What the scripts of the servers have in common; package throwaway puts it before each of them. A script checks what is installed and
# ends with 69 where something is missing. It defines start_server, by means of serve, and ends with obey.
set -eu
port=$1
run=${2:-} # the folder of the server, with the files of its package; it is removed at the end
pid=
group= # "-" where the server's processes are a group of their own

# It also waits for the log's writer, which would take a line from the next server.
kill_server() {
  [ -z "$pid" ] || kill -KILL "$group$pid" || :
  pid=
  wait
}

end_server() { kill_server; }

finish() {
  exec >/dev/null 2>&1 # the reader may be gone
  end_server
  [ -z "$run" ] || rm -rf "$run"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

fail() {
  [ ! -e "$run/log" ] || cat "$run/log" >&2
  exit 1
}

# run_as USER NAME makes the folder run, for a server that refuses to run as root. It sets user: root's server runs as USER.
run_as() {
  cd /
  tmp=${TMPDIR:-/tmp}
  user=$(id -un)
  if [ "$(id -u)" = 0 ]; then
    user=$1
    id "$user" >/dev/null 2>&1 || exit 69
    runuser -u "$user" -- test -x "$tmp" || tmp=/tmp # a folder of root's own
  fi
  run=$(mktemp -d "$tmp/$2.XXXXXX")
  [ "$(id -u)" != 0 ] || chown "$user" "$run"
}

# serve TEXT COMMAND... starts the server, and returns when it has printed a line with the text.
serve() {
  text=$1
  shift
  [ -p "$run/says" ] || mkfifo "$run/says"
  "$@" >"$run/says" 2>&1 &
  pid=$!
  exec 3<"$run/says"
  while read -r line <&3; do
    echo "$line" >>"$run/log"
    case $line in *"$text"*)
      cat <&3 >>"$run/log" & # a full pipe would stop the server
      exec 3<&-
      return
      ;;
    esac
  done
  fail # it ended
}

# obey starts the server, and kills and starts it again as its stdin says.
obey() {
  start_server
  echo ready
  while read -r command; do
    case $command in
    kill) kill_server; echo killed ;;
    start) start_server; echo ready ;;
    esac
  done
}
