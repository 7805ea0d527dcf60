#!/usr/bin/env bash
# W2: queued runs of three pure steps, drained: on SQLite (synchronous=FULL) and on PostgreSQL
# (synchronous_commit=on), beside the limit program (benches/limit) in the same run. Writes
# benches/results/W2.md.
#
#   benches/w2/run.sh [W2 [LIMIT]]     ROUNDS=3 RUNS=20000 RESULT=FILE
set -euo pipefail
cd "$(dirname "$0")/../.."

codex=${1:-target/release/codex32-w2}
limit=${2:-target/release/codex32-limit}
rounds=${ROUNDS:-3}
runs=${RUNS:-20000}
result=${RESULT:-benches/results/W2.md}
home=$(mktemp -d "${TMPDIR:-/var/tmp}/codex32-bench.XXXXXX")
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$home"' EXIT
mkdir -p "$(dirname "$result")"
say() { printf '%s\n' "$*" >&2; }
median() { sort -n | awk '{v[NR] = $1} END {print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }

# --- PostgreSQL, of this machine's packages and for this run only; it counts its statements.
postgres=
if programs=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1) && [ -n "$programs" ]; then
  mkdir "$home/pg"
  user=()
  if [ "$(id -u)" = 0 ]; then # the server refuses to run as root
    chmod 711 "$home"; chown nobody "$home/pg"
    user=(setpriv --reuid nobody --regid nogroup --clear-groups)
  fi
  port=$((20000 + RANDOM % 30000))
  (cd / && "${user[@]}" "$programs/initdb" -D "$home/pg/data" -U bots --auth=trust --locale=C --encoding=UTF8 >/dev/null)
  (cd / && exec "${user[@]}" "$programs/postgres" -D "$home/pg/data" -k "$home/pg" -h 127.0.0.1 -p "$port" \
    -c shared_buffers=512MB -c shared_preload_libraries=pg_stat_statements) >/dev/null 2>"$home/postgres.log" &
  postgres=$!
  until "$programs/pg_isready" -q -h 127.0.0.1 -p "$port"; do
    kill -0 "$postgres" || { cat "$home/postgres.log" >&2; exit 1; }
    sleep 0.2
  done
fi
sql() { "$programs/psql" -qAt -h 127.0.0.1 -p "$port" -U bots "$@"; }
ticks() { # of the server and its processes, those that have ended included
  {
    awk '{print $14 + $15 + $16 + $17}' "/proc/$postgres/stat"
    for pid in $(cat "/proc/$postgres/task/$postgres/children"); do awk '{print $14 + $15}' "/proc/$pid/stat" 2>/dev/null || true; done
  } | awk '{sum += $1} END {print sum}'
}

for round in $(seq "$rounds"); do
  say "round $round"
  read -r _ _ accept took speed used commits <<<"$("$codex" "$home/codex-$round" "$runs")"
  echo "sqlite codex $speed $used $commits $accept" >>"$home/rounds"
  read -r _ _ took speed used <<<"$("$limit" drain "$home/limit-$round" "$runs")"
  echo "sqlite limit $speed $used 0 0" >>"$home/rounds"
  rm -rf "$home/codex-$round" "$home/limit-$round"
  [ -n "$postgres" ] || continue
  url=postgres://bots@127.0.0.1:$port
  sql -d postgres -c "CREATE DATABASE codex$round" -c "CREATE DATABASE limit$round"
  before=$(ticks)
  read -r _ _ accept took speed used commits <<<"$("$codex" "$url/codex$round" "$runs")"
  echo "postgresql codex $speed $used $commits $accept $((($(ticks) - before) * 10 * 10000 / runs))" >>"$home/rounds"
  before=$(ticks)
  read -r _ _ took speed used <<<"$("$limit" drain "$url/limit$round" "$runs")"
  echo "postgresql limit $speed $used 0 0 $((($(ticks) - before) * 10 * 10000 / runs))" >>"$home/rounds"
done
cat "$home/rounds" >&2
# What the server was asked, acceptance included, in one more round of its own.
statements=
if [ -n "$postgres" ]; then
  sql -d postgres -c 'CREATE DATABASE counted' -c 'CREATE EXTENSION IF NOT EXISTS pg_stat_statements'
  sql -d postgres -c 'SELECT pg_stat_statements_reset()' >/dev/null
  "$codex" "postgres://bots@127.0.0.1:$port/counted" "$runs" >/dev/null
  statements=$(sql -d postgres -c "SELECT sum(s.calls) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = 'counted'")
fi

column() { awk -v d="$1" -v p="$2" -v f="$3" '$1 == d && $2 == p {print $f}' "$home/rounds" | median; }
{
  echo "# W2: the queue, drained"
  echo
  echo "Written by \`make bench\` on $(date -u +%Y-%m-%d): $runs queued runs of a bot of three pure steps; $(nproc) processors"
  echo "($(awk -F': ' '/model name/ {print $2; exit}' /proc/cpuinfo)), which PostgreSQL shares; medians of $rounds rounds, the programs in turn. The time"
  echo "of a machine that others use says little: compare the ratios, and the processor time for 10,000 runs"
  echo "(user and system, of the program alone)."
  echo
  echo "| database | Codex-32 runs/s | processor ms | commits | limit program runs/s | processor ms | ratio of runs/s |"
  echo "|---|---:|---:|---:|---:|---:|---:|"
  for database in sqlite ${postgres:+postgresql}; do
    printf '| %s | %.0f | %.0f | %.0f | %.0f | %.0f | %s |\n' "$database" "$(column $database codex 3)" \
      "$(column $database codex 4)" "$(column $database codex 5)" "$(column $database limit 3)" "$(column $database limit 4)" \
      "$(awk -v a="$(column $database codex 3)" -v b="$(column $database limit 3)" 'BEGIN {printf "%.2f", a / b}')"
  done
  if [ -n "$statements" ]; then
    echo
    echo "PostgreSQL was asked $statements statements for accepting and draining $runs runs ($(awk -v a="$statements" -v b="$runs" 'BEGIN {printf "%.3f", a / b}') each)."
  fi
} >"$result"
cat "$result"
