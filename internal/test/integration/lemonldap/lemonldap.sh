# A throw-away LemonLDAP::NG portal on 127.0.0.1:$port. The package has put conf.json, where @PORT@ stands for the port and @RUN@ for
# the folder, into the folder.
perl -e 'use Starman; use Plack::Loader; use Lemonldap::NG::Portal; use Lemonldap::NG::Portal::Issuer::OpenIDConnect; use GD::SecurityImage' \
  2>/dev/null && [ -d /usr/share/lemonldap-ng/portal/templates ] || exit 69

group=- # of the server's workers

# The caches hold the configuration that was before.
start_server() {
  rm -rf "$run/cache"
  mkdir -p "$run/conf" "$run/cache" "$run/sessions/lock" "$run/psessions/lock"
  sed "s|@PORT@|$port|g; s|@RUN@|$run|g" "$run/conf.json" >"$run/conf/lmConf-1.json"
  serve 'takes connections' env LLNG_DEFAULTCONFFILE="$run/ini" PLACK_ENV=deployment setsid perl "$run/portal.pl"
}

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
obey
