#!/usr/bin/env bash
# The tests of store, engine and models once more, on PostgreSQL instead of SQLite.
set -euo pipefail

if ! { ls /usr/lib/postgresql/*/bin/postgres || command -v postgres; } >/dev/null 2>&1; then
  printf 'SKIPPED on PostgreSQL: it is not installed\n' >&2
  exit 0
fi
# Of the whole workspace, so that nothing is built anew with other features.
CODEX32_TEST_DATABASE=postgres "${CARGO:-cargo}" nextest run --workspace --locked --no-fail-fast \
  -E 'binary(it) and (package(codex32-store) or package(codex32-engine) or package(codex32-llm) or package(codex32-knowledge))
      and not (test(nodes::) or test(simulation::) or test(cut::))'
