#!/usr/bin/env bash
# W4: runs that go through a list of a thousand items, on SQLite with synchronous=FULL. Writes
# benches/results/W4.md: the time of a run as its webhook sees it, and the processor seconds of the
# server with its children, which other programs on the machine change less.
#
#   benches/w4/run.sh [CODEX32 [LIMIT]]     ROUNDS=5 RESULT=FILE CASES="code-1 state-1 …"
set -euo pipefail
cd "$(dirname "$0")/../.."

codex=${1:-target/release/codex32}
limit=${2:-target/release/codex32-limit}
rounds=${ROUNDS:-5}
result=${RESULT:-benches/results/W4.md}
cases=${CASES:-code-1 code-64 state-1 state-64 add-64 write-1 write-64 set-10k set-100k}
home=$(mktemp -d "${TMPDIR:-/var/tmp}/codex32-bench.XXXXXX")
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$home"' EXIT
mkdir -p "$(dirname "$result")"

free_port() { # a port that nobody listens at now
  local port
  while :; do
    port=$((20000 + RANDOM % 30000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

sink_port=$(free_port)
"$limit" sink "127.0.0.1:$sink_port" 2>"$home/sink.log" &
sink_pid=$!
until curl --silent --fail -o /dev/null "http://127.0.0.1:$sink_port/"; do
  kill -0 "$sink_pid" || { cat "$home/sink.log" >&2; exit 1; }
done

port=$(free_port)
"$codex" serve --data "$home/codex" --listen "127.0.0.1:$port" --allow-private-networks --log-level warn \
  >/dev/null 2>"$home/codex.log" &
codex_pid=$!
until curl --silent --fail -o /dev/null "http://127.0.0.1:$port/health/ready"; do
  kill -0 "$codex_pid" || { cat "$home/codex.log" >&2; exit 1; }
done
for case in $cases; do
  "$codex" deploy "benches/w4/$case.yaml" --data "$home/codex" --url "http://127.0.0.1:$port" >/dev/null 2>&1
done

# Processor time of a process and its children in nanoseconds; what has ended is counted by its parent.
tree() {
  echo "$1"
  local child
  for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do tree "$child"; done
}
used() {
  local pid
  for pid in $(tree "$1"); do cat "/proc/$pid/task/"*/schedstat 2>/dev/null; done | awk '{sum += $1} END {printf "%.0f\n", sum}'
}

once() { # case: milliseconds of the run as its webhook sees it
  local answer
  answer=$(curl --silent --fail --max-time 180 -H 'content-type: application/json' \
    -d "{\"sink\": \"http://127.0.0.1:$sink_port/\"}" -w '\n%{time_total}' "http://127.0.0.1:$port/hooks/w4-$1")
  grep -q '"items"' <<<"$answer" || { echo "$1: $answer" >&2; cat "$home/codex.log" >&2; exit 1; }
  tail -n 1 <<<"$answer" | awk '{printf "%.1f\n", $1 * 1000}'
}

for case in $cases; do once "$case" >/dev/null; done
for _ in $(seq "$rounds"); do
  for case in $cases; do
    before=$(used "$codex_pid")
    took=$(once "$case")
    cpu=$(awk -v a="$before" -v b="$(used "$codex_pid")" 'BEGIN {printf "%.1f", (b - a) / 1e6}')
    printf '%s %s %s\n' "$case" "$took" "$cpu" | tee -a "$home/rounds" >&2
  done
  took=$("$limit" commits "$home/bare" 1000)
  printf 'bare %s 0\n' "$took" | tee -a "$home/rounds" >&2
done

median() { sort -n | awk '{v[NR] = $1} END {print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }
column() { awk -v name="$1" -v f="$2" '$1 == name {print $f}' "$home/rounds"; }
told() {
  case $1 in
    code-1) echo "1,000 × TypeScript \`return item * 2\`, one by one" ;;
    code-64) echo "the same, concurrency 64" ;;
    state-1) echo "1,000 × \`state.set\`, one by one" ;;
    state-64) echo "the same, concurrency 64" ;;
    add-64) echo "1,000 × \`state.add\`, concurrency 64" ;;
    write-1) echo "1,000 × \`http.post\` to this machine, one by one" ;;
    write-64) echo "the same, concurrency 64" ;;
    set-10k) echo "10,000 × \`set\`" ;;
    set-100k) echo "100,000 × \`set\`" ;;
  esac
}
bare=$(column bare 2 | median)
{
  echo "# W4: a list of a thousand items"
  echo
  echo "Written by \`benches/w4/run.sh\` on $(date -u +%Y-%m-%d): $(nproc) processors ($(awk -F': ' '/model name/ {print $2; exit}' /proc/cpuinfo));"
  echo "SQLite with \`synchronous=FULL\`; medians of $rounds rounds. The time is that of the webhook that waits for"
  echo "the run; the processor time that of the server and its children for one run."
  echo
  echo "| a run | ms | lowest to highest | processor ms | × 1,000 bare commits |"
  echo "|---|---:|---|---:|---:|"
  for case in $cases; do
    ours=$(column "$case" 2 | median)
    printf '| %s | %s | %s | %s | %s |\n' "$(told "$case")" "$ours" \
      "$(column "$case" 2 | sort -n | sed -n '1p;$p' | paste -sd' ' | sed 's/ / to /')" "$(column "$case" 3 | median)" \
      "$(awk -v a="$ours" -v b="$bare" 'BEGIN {printf "%.2f", a / b}')"
  done
  echo
  echo "1,000 commits of two rows by a bare program, one after the other: $bare ms. Most memory that the server"
  echo "has held: $(awk '/^VmHWM/ {printf "%d", $2 / 1024}' "/proc/$codex_pid/status") MB."
} >"$result"
cat "$result"
