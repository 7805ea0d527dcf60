#!/usr/bin/env bash
# All benchmarks in turn, then the page that shows them together. PEERS=FILE adds figures of other engines.
set -euo pipefail
cd "$(dirname "$0")/.."

databases=sqlite
if ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then databases="sqlite postgresql"; fi
for database in $databases; do
  for bench in ${BENCHES:-w1 w2 w4 w5 w6}; do
    printf '== %s on %s\n' "$bench" "$database" >&2
    DATABASE=$database "benches/$bench/run.sh"
  done
done
case "$databases" in
  *postgresql*)
    printf '== w2 with servers\n' >&2
    benches/w2/nodes.sh
    ;;
esac
node benches/report.mjs ${PEERS:+"$PEERS"}
