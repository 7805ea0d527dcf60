#!/usr/bin/env bash
# W6: what a request costs as work grows: with stored runs, with deployed bots, with schedules. Each line measures the
# same W1 load, lists, and a start; the load itself stores the runs. Writes benches/results/W6.md, or W6-postgresql.md.
#
#   benches/w6/run.sh     RUNS="1000 10000 100000 1000000" BOTS="100 1000 10000" SECONDS_EACH=5 DATABASE=…
set -euo pipefail
cd "$(dirname "$0")/../.."
. benches/common.sh

each=${SECONDS_EACH:-5}
name=W6
[ "$database" = sqlite ] || name=W6-$database
page=benches/results/$name.md

start_codex
ready "$codex_url/health/ready" "$codex_pid"
ask_codex deploy benches/w1/bot.yaml >/dev/null 2>&1
hook=$codex_url/hooks/w1
answered "$hook" "$codex_pid" >/dev/null
authorization="authorization: Bearer $(cat "$home/codex/owner-token")"
api() { curl --silent --fail-with-body -H "$authorization" "$@"; }

timed() { # PATH: median milliseconds of 15 requests
  for _ in $(seq 15); do
    curl --silent --fail -o /dev/null -w '%{time_total}\n' -H "$authorization" "$codex_url/api/v1/$1"
  done | awk '{print $1 * 1000}' | median
}

line() { # LABEL: measures, and keeps a line in $home/lines
  local restart began runs bots memory
  stop_codex
  began=$(milliseconds)
  start_codex
  answered "$hook" "$codex_pid" >/dev/null
  restart=$(($(milliseconds) - began))
  sleep 1
  memory=$(($(pss "$codex_pid") / 1024))
  runs=$(timed 'runs?limit=50')
  bots=$(timed 'bots?limit=50')
  rm -f "$home/rounds"
  for _ in 1 2 3; do measure codex "$hook" "$codex_pid" 64 "$each"; done
  printf '%s|%.0f|%s|%s|%.1f|%.1f|%s|%s\n' "$1" "$(column codex 64 3 | median)" "$(column codex 64 4 | median)" \
    "$(column codex 64 5 | median)" "$runs" "$bots" "$restart" "$memory" | tee -a "$home/lines" >&2
}

grow_runs() { # COUNT: as many runs as the load stores until there are so many
  local have=${stored:-0}
  while [ "$have" -lt "$1" ]; do
    local want=$(($1 - have)) seconds
    seconds=$((want / 15000 + 1))
    have=$((have + $(wrk -t1 -c64 -d"${seconds}s" -s benches/w1/post.lua "$hook" | awk '/^W1 / {print $2}')))
  done
  stored=$have
}

grow_bots() { # FROM TO TRIGGER: deploys bots with this trigger over one connection
  local i
  for i in $(seq "$1" "$2"); do
    printf '{"definition": {"bot": "%s-%d", "triggers": {"t": %s}, "steps": [{"return": %d}]}}\n' "$4" "$i" "${3//NUMBER/$i}" "$i"
  done | split -l 500 -a 4 - "$home/bots."
  for part in "$home"/bots.*; do
    awk -v url="$codex_url/api/v1/bots" -v dir="$home" -v auth="$authorization" '{
      file = dir "/body." NR; print >file; close(file)
      if (NR > 1) print "next"
      printf "url = \"%s\"\nheader = \"%s\"\nheader = \"content-type: application/json\"\ndata-binary = \"@%s\"\noutput = \"/dev/null\"\nfail\nsilent\nshow-error\n", url, auth, file
    }' "$part" | curl --config -
    rm -f "$part"
  done
}

stored=0
for count in ${RUNS:-1000 10000 100000 1000000}; do
  say "… $count stored runs"
  grow_runs "$count"
  line "$count runs"
done
deployed=1
for count in ${BOTS:-100 1000 10000}; do
  say "… $count bots with a webhook"
  grow_bots "$deployed" "$count" '{"webhook": {"path": "w6/NUMBER"}}' hook
  deployed=$((count + 1))
  line "$count bots"
done
count=${SCHEDULES:-10000}
say "… $count schedules"
grow_bots 1 "$count" '{"schedule": "0 3 1 1 *"}' schedule
line "$count schedules"

: >"benches/results/$name.jsonl"
{
  echo "# W6: cost as work grows"
  echo
  sitting
  echo "Each line adds to those before it, and measures W1 at 64 connections ($each s, median of 3), the first page of runs and of bots"
  echo "(median of 15), and a start anew until a webhook is answered."
  echo
  echo "| | W1 req/s | p50 ms | p99 ms | list runs ms | list bots ms | start ms | memory MB |"
  echo "|---|---:|---:|---:|---:|---:|---:|---:|"
  sed 's/^/| /; s/|/ | /2g; s/$/ |/' "$home/lines"
  echo
  echo "Slowest line of W1 as a share of the fastest: $(awk -F'|' 'NR == 1 {low = high = $2} {if ($2 < low) low = $2; if ($2 > high) high = $2} END {printf "%.2f", low / high}' "$home/lines")."
} >"$page"
while IFS='|' read -r label requests _; do result "$name" W6 Codex-32 "$label" "$requests" req/s; done <"$home/lines"
cat "$page"
