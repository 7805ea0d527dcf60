#!/usr/bin/env bash
# W2 with servers: runs that a server without workers has accepted over HTTP on PostgreSQL, drained by one worker, then by
# two. Writes benches/results/W2-nodes.md.
#
#   benches/w2/nodes.sh     CODEX32=PROGRAM ROUNDS=3 SECONDS_EACH=4
set -euo pipefail
cd "$(dirname "$0")/../.."
DATABASE=postgresql
. benches/common.sh

rounds=${ROUNDS:-3}
each=${SECONDS_EACH:-4}
page=benches/results/W2-nodes.md
sql() { "$programs/psql" -qAt -h 127.0.0.1 -p "$postgres_port" -U bots "$@"; }

worker() { # NUMBER: a worker with the key of the first server
  local folder=$home/worker$1
  mkdir -p -m 700 "$folder"
  cp "$home/codex/secrets.key" "$home/codex/owner-token" "$folder/"
  "$codex" serve --data "$folder" "${serve_flags[@]}" --blobs "$home/blobs" --roles worker --listen 127.0.0.1:0 \
    --log-level warn >/dev/null 2>"$home/worker$1.log" &
  workers+=($!)
}

for round in $(seq "$rounds"); do
  for count in 1 2; do
    sql -d postgres -c "DROP DATABASE IF EXISTS nodes WITH (FORCE)" -c "CREATE DATABASE nodes"
    serve_flags=(--database-url "${url%/*}/nodes")
    rm -rf "$home/codex" "$home"/worker?
    start_codex --roles api,scheduler --blobs "$home/blobs"
    ready "$codex_url/health/ready" "$codex_pid"
    ask_codex deploy benches/w2/hook.yaml >/dev/null 2>&1
    wrk -t1 -c64 -d"${each}s" -s benches/w1/post.lua "$codex_url/hooks/w2" >/dev/null
    runs=$(sql -d nodes -c 'SELECT count(*) FROM runs WHERE ended_at IS NULL')
    workers=()
    began=$(milliseconds)
    for number in $(seq "$count"); do worker "$number"; done
    until sleep 0.1; [ "$(sql -d nodes -c 'SELECT EXISTS (SELECT 1 FROM runs WHERE ended_at IS NULL)')" = f ]; do
      for pid in "${workers[@]}"; do
        kill -0 "$pid" || { say "a worker has ended:"; cat "$home"/worker*.log >&2; exit 1; }
      done
    done
    took=$(($(milliseconds) - began))
    owners=$(sql -d nodes -c "SELECT count(DISTINCT owner) FROM runs WHERE state = 'succeeded'")
    lost=$(sql -d nodes -c "SELECT count(*) FROM runs WHERE state <> 'succeeded'")
    [ "$lost" = 0 ] || { say "$lost runs did not succeed"; exit 1; }
    kill "${workers[@]}"
    stop_codex
    echo "$count 1 $((runs * 1000 / took)) $runs $took $owners" | tee -a "$home/rounds" >&2
  done
done

one=$(column 1 1 3 | median)
two=$(column 2 1 3 | median)
{
  echo "# W2 with servers: one worker and two"
  echo
  sitting
  echo "Webhooks accepted for $each s by a server without workers ($(column 1 1 4 | median) runs, median), then drained by workers that are started for"
  echo "it, their start counted in; one and two in turn, medians of $rounds rounds, all on the same processors with PostgreSQL."
  echo
  echo "| workers | runs/s | lowest to highest |"
  echo "|---:|---:|---|"
  printf '| 1 | %.0f | %s |\n| 2 | %.0f | %s |\n' "$one" "$(spread 1 1)" "$two" "$(spread 2 1)"
  echo
  echo "Two do $(awk -v a="$two" -v b="$one" 'BEGIN {printf "%.2f", a / b}') of what one does."
} >"$page"
cat "$page"
