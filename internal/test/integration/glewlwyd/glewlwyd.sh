# A throw-away Glewlwyd on 127.0.0.1:$port with the database as Debian installs it: user admin, password "password". The package has put
# issuers.sql, where @PORT@ stands for the port, into the folder.
PATH=$PATH:/usr/local/sbin:/usr/sbin
tables=/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3
modules=/usr/lib/glewlwyd
command -v glewlwyd >/dev/null && command -v sqlite3 >/dev/null && [ -r $tables ] && [ -r $modules/plugin/libprotocol_oidc.so ] || exit 69

# Issuers are not added while the server runs: it ends now and then when they are.
start_server() {
  sed "s|@PORT@|$port|g" "$run/issuers.sql" | sqlite3 "$run/db"
  serve 'Glewlwyd started on port' glewlwyd --config-file="$run/conf"
}

sqlite3 "$run/db" <$tables
# The page of Glewlwyd itself needs packages that Debian merely recommends. A test does in this one what that one does.
mkdir "$run/web"
echo '<!DOCTYPE html><title>login</title>' >"$run/web/login.html"
cat >"$run/conf" <<EOF
port = $port
bind_address = "127.0.0.1"
external_url = "http://127.0.0.1:$port"
api_prefix = "api"
login_url = "login.html"
static_files_path = "$run/web"
static_files_mime_types = ( { extension = ".html"; mime_type = "text/html"; compress = 0; } )
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
obey
