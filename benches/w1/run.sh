#!/usr/bin/env bash
# W1: webhook → three pure steps → answer, fully durable (SQLite, synchronous=FULL; or PostgreSQL,
# synchronous_commit=on), beside the limit program (benches/limit) in the same run; and W3: what a start takes,
# and memory. Writes benches/results/W1.md, or W1-postgresql.md.
#
#   benches/w1/run.sh     CODEX32=PROGRAM LIMIT=PROGRAM ROUNDS=5 SECONDS_EACH=5 DATABASE=sqlite|postgresql
set -euo pipefail
cd "$(dirname "$0")/../.."
. benches/common.sh

rounds=${ROUNDS:-5}
each=${SECONDS_EACH:-5}
name=W1
[ "$database" = sqlite ] || name=W1-$database
page=benches/results/$name.md
connections="1 16 64 256"

start_codex
ready "$codex_url/health/ready" "$codex_pid"
ask_codex deploy benches/w1/bot.yaml >/dev/null 2>&1
hook=$codex_url/hooks/w1
[ "$(answered "$hook" "$codex_pid")" = '{"total":42}' ] || { say "Codex-32 gives another answer"; exit 1; }

starts=()
for _ in 1 2 3 4 5; do
  stop_codex
  began=$(milliseconds)
  start_codex
  answered "$hook" "$codex_pid" >/dev/null
  starts+=($(($(milliseconds) - began)))
done
sleep 3
idle=$(pss "$codex_pid")

limit_port=$(free_port)
"$limit" "$limit_store" "127.0.0.1:$limit_port" >/dev/null 2>"$home/limit.log" &
limit_pid=$!
limit_hook=http://127.0.0.1:$limit_port/hooks/w1
[ "$(answered "$limit_hook" "$limit_pid")" = '{"total":42}' ] || { say "the limit program gives another answer"; exit 1; }

say "program, connections, requests/s, p50 ms, p99 ms, failed, % of the processors used by others"
for _ in $(seq "$rounds"); do
  for c in $connections; do
    measure limit "$limit_hook" "$limit_pid" "$c" "$each"
    measure codex "$hook" "$codex_pid" "$c" "$each"
  done
done
loaded=$(pss "$codex_pid")
started=$(printf '%s\n' "${starts[@]}" | median)

: >"benches/results/$name.jsonl"
{
  echo "# W1: webhook, three pure steps, durable answer"
  echo
  sitting
  echo "wrk with one thread; $rounds rounds of $each s for each line, the two programs in turn; medians. Other programs used"
  echo "$(awk '{print $7}' "$home/rounds" | median) % of the processors meanwhile (median over the rounds): compare the ratios, not the numbers, with those of"
  echo "another day.$([ "$database" = sqlite ] || echo " PostgreSQL is among those others.")"
  echo
  echo "| connections | Codex-32 req/s | lowest to highest | p50 ms | p99 ms | limit program req/s | p50 ms | p99 ms | ratio |"
  echo "|---:|---:|---|---:|---:|---:|---:|---:|---:|"
  for c in $connections; do
    ours=$(column codex "$c" 3 | median)
    bare=$(column limit "$c" 3 | median)
    printf '| %d | %.0f | %s | %s | %s | %.0f | %s | %s | %s |\n' "$c" "$ours" "$(spread codex "$c")" \
      "$(column codex "$c" 4 | median)" "$(column codex "$c" 5 | median)" "$bare" \
      "$(column limit "$c" 4 | median)" "$(column limit "$c" 5 | median)" \
      "$(awk -v a="$ours" -v b="$bare" 'BEGIN {printf "%.2f", a / b}')"
    result "$name" W1 Codex-32 "$c connections" "$ours" req/s "$bare"
    result "$name" W1 'limit program' "$c connections" "$bare" req/s
  done
  echo
  echo "Requests that failed: $(awk '{sum += $6} END {print sum}' "$home/rounds")."
  echo
  echo "## W3: start and memory"
  echo
  echo "| | measured | at most |"
  echo "|---|---:|---:|"
  echo "| start to first answered webhook (median of 5) | $started ms | 300 ms |"
  echo "| idle memory, server and its children (PSS) | $((idle / 1024)) MB | 60 MB |"
  echo "| memory after the load | $((loaded / 1024)) MB | |"
  echo "| size of the binary | $(($(stat -c %s "$codex") / 1048576)) MB | 60 MB |"
} >"$page"
result "$name" W3 Codex-32 'start to first answer' "$started" ms
result "$name" W3 Codex-32 'idle memory' "$((idle / 1024))" MB
cat "$page"
