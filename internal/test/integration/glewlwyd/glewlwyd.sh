# A throw-away Glewlwyd on 127.0.0.1:$1 with the database as Debian installs it: user admin, password "password". What it says and
# obeys: see package throwaway. The package has put the folder $dir before this text, and issuers.sql, where @PORT@ stands for the
# port, into it. Once it was ready the script removes the folder. It exits with 69 where Glewlwyd or sqlite3 is not installed.
set -eu
port=$1
run=$dir/run
pid=
was_ready=

# It also waits for the log's writer, which would take a line from the next server.
kill_server() {
  [ -z "$pid" ] || kill -KILL "$pid" || :
  pid=
  wait
}
finish() {
  exec >/dev/null 2>&1 # the reader may be gone
  kill_server
  rm -rf "$run"
  [ -z "$was_ready" ] || rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

PATH=$PATH:/usr/local/sbin:/usr/sbin
tables=/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3
modules=/usr/lib/glewlwyd
command -v glewlwyd >/dev/null && command -v sqlite3 >/dev/null && [ -r $tables ] && [ -r $modules/plugin/libprotocol_oidc.so ] || exit 69

# Issuers are not added while the server runs: it ends now and then when they are.
start_server() {
  sed "s|@PORT@|$port|g" "$dir/issuers.sql" | sqlite3 "$run/db"
  glewlwyd --config-file="$run/conf" >"$run/says" 2>&1 &
  pid=$!
  exec 3<"$run/says"
  while read -r line <&3; do
    echo "$line" >>"$run/log"
    case $line in *'Glewlwyd started on port'*)
      cat <&3 >>"$run/log" & # a full pipe would stop the server
      exec 3<&-
      return
      ;;
    esac
  done
  cat "$run/log" >&2 # it ended
  exit 1
}

mkdir "$run"
sqlite3 "$run/db" <$tables
mkfifo "$run/says"
cat >"$run/conf" <<EOF
port = $port
bind_address = "127.0.0.1"
external_url = "http://127.0.0.1:$port"
api_prefix = "api"
login_url = "login.html"
log_mode = "console"
log_level = "INFO"
cookie_secure = 0
session_key = "session"
session_expiration = 3600
admin_scope = "g_admin"
profile_scope = "g_profile"
hash_algorithm = "SHA256"
user_module_path = "$modules/user"
client_module_path = "$modules/client"
user_auth_scheme_module_path = "$modules/scheme"
plugin_module_path = "$modules/plugin"
database = { type = "sqlite3"; path = "$run/db"; };
EOF
start_server

was_ready=yes
echo ready
while read -r command; do
  case $command in
  kill) kill_server; echo killed ;;
  start) start_server; echo ready ;;
  esac
done
