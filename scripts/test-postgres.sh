#!/usr/bin/env bash
# The tests of store and engine once more, on PostgreSQL instead of SQLite.
set -euo pipefail

if ! { ls /usr/lib/postgresql/*/bin/postgres || command -v postgres; } >/dev/null 2>&1; then
  printf 'SKIPPED on PostgreSQL: it is not installed\n' >&2
  exit 0
fi
CODEX32_TEST_DATABASE=postgres "${CARGO:-cargo}" nextest run --locked --no-fail-fast \
  -p codex32-store -p codex32-engine --test it -E 'not (test(nodes::) or test(simulation::) or test(cut::))'
