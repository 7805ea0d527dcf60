#!/usr/bin/env bash
# Sees to the load generator of `make bench`.
set -euo pipefail
command -v wrk >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  printf 'Installing wrk …\n' >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq </dev/null
  apt-get install -y -qq --no-install-recommends wrk </dev/null >/dev/null
else
  printf 'The load generator wrk is missing. Install it, then call make again:\n  sudo apt-get install wrk\n' >&2
  exit 1
fi
