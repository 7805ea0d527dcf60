#!/usr/bin/env bash
# W5: webhook → a write step against a sink on this machine → answer. Each write is on the disk as begun before it
# is sent, and its outcome before the answer. Writes benches/results/W5.md, or W5-postgresql.md.
#
#   benches/w5/run.sh     CODEX32=PROGRAM LIMIT=PROGRAM ROUNDS=5 SECONDS_EACH=5 DATABASE=sqlite|postgresql
set -euo pipefail
cd "$(dirname "$0")/../.."
. benches/common.sh

rounds=${ROUNDS:-5}
each=${SECONDS_EACH:-5}
name=W5
[ "$database" = sqlite ] || name=W5-$database
page=benches/results/$name.md

sink_port=$(free_port)
"$limit" sink "127.0.0.1:$sink_port" 2>"$home/sink.log" &
sink_pid=$!
start_codex --allow-private-networks
ready "$codex_url/health/ready" "$codex_pid"
sed "s/SINK/$sink_port/" benches/w5/bot.yaml >"$home/w5.yaml"
ask_codex deploy "$home/w5.yaml" >/dev/null 2>&1
hook=$codex_url/hooks/w5
[ "$(answered "$hook" "$codex_pid")" = '{"status":200}' ] || { say "Codex-32 gives another answer"; exit 1; }

for _ in $(seq "$rounds"); do
  for c in 1 16 64; do
    measure sink "http://127.0.0.1:$sink_port/orders" "$sink_pid" "$c" "$each"
    measure codex "$hook" "$codex_pid" "$c" "$each"
  done
done

: >"benches/results/$name.jsonl"
{
  echo "# W5: webhook, one write step, durable answer"
  echo
  sitting
  echo "$rounds rounds of $each s for each line; medians. The sink alone, which saves nothing, is what the load generator and the"
  echo "machine can do. Other programs, the sink among them, used $(awk '$1 == "codex" {print $7}' "$home/rounds" | median) % of the processors."
  echo
  echo "| connections | Codex-32 runs/s | lowest to highest | p50 ms | p99 ms | the sink alone req/s |"
  echo "|---:|---:|---|---:|---:|---:|"
  for c in 1 16 64; do
    ours=$(column codex "$c" 3 | median)
    printf '| %d | %.0f | %s | %s | %s | %.0f |\n' "$c" "$ours" "$(spread codex "$c")" \
      "$(column codex "$c" 4 | median)" "$(column codex "$c" 5 | median)" "$(column sink "$c" 3 | median)"
    result "$name" W5 Codex-32 "$c connections" "$ours" runs/s
  done
  echo
  echo "Requests that failed: $(awk '{sum += $6} END {print sum}' "$home/rounds")."
} >"$page"
cat "$page"
