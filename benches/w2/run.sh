#!/usr/bin/env bash
# W2: queued runs of three pure steps, drained, on SQLite (synchronous=FULL) or PostgreSQL (synchronous_commit=on),
# beside the limit program (benches/limit) in the same run. Writes benches/results/W2.md, or W2-postgresql.md.
#
#   benches/w2/run.sh     W2=PROGRAM LIMIT=PROGRAM ROUNDS=5 RUNS=20000 DATABASE=sqlite|postgresql
set -euo pipefail
cd "$(dirname "$0")/../.."
postgres_flags=(-c shared_preload_libraries=pg_stat_statements)
. benches/common.sh

drain=${W2:-target/release/codex32-w2}
rounds=${ROUNDS:-5}
runs=${RUNS:-20000}
name=W2
[ "$database" = sqlite ] || name=W2-$database
page=benches/results/$name.md

sql() { "$programs/psql" -qAt -h 127.0.0.1 -p "$postgres_port" -U bots "$@"; }
place() { # NAME: where a program keeps its runs
  if [ "$database" = sqlite ]; then echo "$home/$1"; return; fi
  sql -d postgres -c "CREATE DATABASE $1"
  echo "${url%/*}/$1"
}

for round in $(seq "$rounds"); do
  say "round $round"
  read -r _ _ accept _ speed used commits <<<"$("$drain" "$(place "codex$round")" "$runs")"
  echo "codex 1 $speed $used $commits $accept" | tee -a "$home/rounds" >&2
  read -r _ _ _ speed used <<<"$("$limit" drain "$(place "limit$round")" "$runs")"
  echo "limit 1 $speed $used" | tee -a "$home/rounds" >&2
  rm -rf "$home/codex$round" "$home/limit$round"
done
# What the server was asked, acceptance included, in one more round of its own.
if [ "$database" = postgresql ]; then
  sql -d postgres -c 'CREATE EXTENSION IF NOT EXISTS pg_stat_statements'
  counted=$(place counted)
  sql -d postgres -c 'SELECT pg_stat_statements_reset()' >/dev/null
  "$drain" "$counted" "$runs" >/dev/null
  statements=$(sql -d postgres -c "SELECT sum(s.calls) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
    WHERE d.datname = 'counted'")
fi

: >"benches/results/$name.jsonl"
ours=$(column codex 1 3 | median)
bare=$(column limit 1 3 | median)
{
  echo "# W2: the queue, drained"
  echo
  sitting
  echo "$runs queued runs of a bot of three pure steps; medians of $rounds rounds, the two programs in turn. The processor time is"
  echo "user and system of the program alone, for 10,000 runs."
  echo
  echo "| | runs/s | lowest to highest | processor ms | commits |"
  echo "|---|---:|---|---:|---:|"
  printf '| Codex-32 | %.0f | %s | %.0f | %.0f |\n' "$ours" "$(spread codex 1)" "$(column codex 1 4 | median)" "$(column codex 1 5 | median)"
  printf '| limit program | %.0f | %s | %.0f | |\n' "$bare" "$(spread limit 1)" "$(column limit 1 4 | median)"
  echo
  echo "Codex-32 reaches $(awk -v a="$ours" -v b="$bare" 'BEGIN {printf "%.2f", a / b}') of the limit program; it accepts $(column codex 1 6 | median | awk -v n="$runs" '{printf "%.0f", n / $1}') runs/s into the queue."
  if [ "$database" = postgresql ]; then
    echo
    echo "The database was asked $statements statements for accepting and draining $runs runs ($(awk -v a="$statements" -v b="$runs" 'BEGIN {printf "%.3f", a / b}') each)."
  fi
} >"$page"
result "$name" W2 Codex-32 '10,000 queued runs' "$ours" runs/s "$bare"
result "$name" W2 'limit program' '10,000 queued runs' "$bare" runs/s
cat "$page"
