# A throw-away LemonLDAP::NG portal on 127.0.0.1:$1. What it says and obeys: see package throwaway. The package has put the folder
# $dir before this text, and conf.json, where @PORT@ stands for the port and @RUN@ for the folder, into it. Once it was
# ready the script removes the folder. It exits with 69 where LemonLDAP::NG, or one of the Perl modules that it needs, is not installed.
set -eu
port=$1
run=$dir/run
pid=
was_ready=

# It also waits for the log's writer, which would take a line from the next server. The server's workers are in its group.
kill_server() {
  [ -z "$pid" ] || kill -KILL "-$pid" || :
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

perl -e 'use Starman; use Plack::Loader; use Lemonldap::NG::Portal; use Lemonldap::NG::Portal::Issuer::OpenIDConnect; use GD::SecurityImage' \
  2>/dev/null && [ -d /usr/share/lemonldap-ng/portal/templates ] || exit 69

# The caches hold the configuration that was before.
start_server() {
  rm -rf "$run/cache"
  mkdir -p "$run/conf" "$run/cache" "$run/sessions/lock" "$run/psessions/lock"
  sed "s|@PORT@|$port|g; s|@RUN@|$run|g" "$dir/conf.json" >"$run/conf/lmConf-1.json"
  LLNG_DEFAULTCONFFILE="$run/ini" PLACK_ENV=deployment setsid perl "$run/portal.pl" >"$run/says" 2>&1 &
  pid=$!
  exec 3<"$run/says"
  while read -r line <&3; do
    echo "$line" >>"$run/log"
    case $line in *'takes connections'*)
      cat <&3 >>"$run/log" & # a full pipe would stop the server
      exec 3<&-
      return
      ;;
    esac
  done
  cat "$run/log" >&2 # it ended
  exit 1
}

mkdir -p "$run"
mkfifo "$run/says"
cat >"$run/portal.pl" <<EOF
use strict;
use warnings;
use Plack::Loader;
use Lemonldap::NG::Portal;
my \$portal = Lemonldap::NG::Portal->run({});
my \$ready = sub { print STDERR "takes connections\n" };
Plack::Loader->load('Starman', host => '127.0.0.1', port => $port, workers => 8, server_ready => \$ready)->run(\$portal);
EOF
cat >"$run/ini" <<EOF
[all]
logLevel = warn
[configuration]
type = File
dirName = $run/conf
localStorage = Cache::FileCache
localStorageOptions = { 'namespace' => 'configuration', 'default_expires_in' => 600, 'cache_root' => '$run/cache' }
[portal]
staticPrefix = /static
templateDir = /usr/share/lemonldap-ng/portal/templates
languages = en
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
