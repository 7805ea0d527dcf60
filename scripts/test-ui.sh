#!/usr/bin/env bash
# Tests the web interface: types, lints and size, its pure parts, and its pages in a browser against the
# real server. Needs Node; the browser is Debian's chromium, installed here by root.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

scripts/setup.sh interface
browser=${CHROMIUM:-/usr/bin/chromium}
if [ ! -x "$browser" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "Installing chromium …"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq </dev/null
    apt-get install -y -qq --no-install-recommends chromium </dev/null >/dev/null
  else
    say "The interface is tested in a browser, and $browser is missing. Install it, then call make again:"
    say "  sudo apt-get install chromium      # or name another Chromium: CHROMIUM=/path make test"
    exit 1
  fi
fi

scripts/build-ui.sh
cargo=$(command -v cargo || echo "$HOME/.cargo/bin/cargo")
# The program with the interface in it; after the other tests there is little left to build.
"$cargo" build --locked --quiet -p codex32-app --bin codex32
target=${CARGO_TARGET_DIR:-$PWD/target}
cd ui
npm run --silent check
npm run --silent test
CODEX32_BIN="$target/debug/codex32" npm run --silent e2e
