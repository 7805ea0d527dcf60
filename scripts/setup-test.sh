#!/usr/bin/env bash
# Sees to what tests need: two public-domain books, over which it is measured whether what is asked is found, the
# reference servers of the Model Context Protocol, and the database
# servers of the connector `sql`, PostgreSQL and MariaDB. Without the latter those tests say that they were
# skipped, and pass.
set -euo pipefail

root="$(cd "$(dirname "$0")/.." && pwd)"
python3 "$root/scripts/test-books.py" "$root/target/test-books"
mcp="$root/target/mcp-servers"
if ! cmp -s "$root/scripts/mcp-servers/package-lock.json" "$mcp/package-lock.json" || [ ! -d "$mcp/node_modules" ]; then
  printf 'Installing the MCP servers that tests use …\n' >&2
  mkdir -p "$mcp"
  cp "$root/scripts/mcp-servers/package.json" "$root/scripts/mcp-servers/package-lock.json" "$mcp/"
  npm ci --prefix "$mcp" --ignore-scripts --no-audit --no-fund --silent >&2
fi

missing=()
{ ls /usr/lib/postgresql/*/bin/postgres || command -v postgres; } >/dev/null 2>&1 || missing+=(postgresql)
command -v mariadb-install-db >/dev/null 2>&1 && command -v my_print_defaults >/dev/null 2>&1 \
  || missing+=(mariadb-server-core mariadb-client-core)
[ "${#missing[@]}" -gt 0 ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  printf 'Installing %s …\n' "${missing[*]}" >&2
  export DEBIAN_FRONTEND=noninteractive
  # The tests make servers of their own; no other is to be made or started.
  mkdir -p /etc/postgresql-common
  [ -e /etc/postgresql-common/createcluster.conf ] \
    || printf 'create_main_cluster = false\n' >/etc/postgresql-common/createcluster.conf
  apt-get update -qq </dev/null
  apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold "${missing[@]}" </dev/null >/dev/null
else
  printf 'The tests on %s will be skipped. To run them: sudo apt-get install %s\n' \
    'real database servers' "${missing[*]}" >&2
fi
