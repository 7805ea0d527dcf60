#!/usr/bin/env bash
# Builds the web interface into ui/dist, from where `cargo build` embeds it. Does nothing when what is
# there is newer than what it is made from.
set -euo pipefail
cd "$(dirname "$0")/../ui"

say() { printf '%s\n' "$*" >&2; }

# npm notes in node_modules what it installed.
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  say "Installing what the interface is built with …"
  npm ci --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
fi
newer() {
  find . \( -name node_modules -o -name dist \) -prune -o -type f -newer dist/index.html -print -quit
}
if [ ! -e dist/index.html ] || [ -n "$(newer)" ] || [ ../openapi/v1.json -nt dist/index.html ]; then
  say "Building the interface …"
  npm run --silent build
  node ../scripts/compress.mjs dist
fi
