#!/usr/bin/env bash
# W4: runs that go through a list of a thousand items. Writes benches/results/W4.md, or W4-postgresql.md: the time of
# a run as its webhook sees it, and the processor time of the server with its children, which other programs on the
# machine change less.
#
#   benches/w4/run.sh     CODEX32=PROGRAM LIMIT=PROGRAM ROUNDS=5 CASES="code-1 state-1 …" DATABASE=sqlite|postgresql
set -euo pipefail
cd "$(dirname "$0")/../.."
. benches/common.sh

rounds=${ROUNDS:-5}
cases=${CASES:-code-1 code-64 state-1 state-64 add-64 write-1 write-64 set-10k set-100k}
name=W4
[ "$database" = sqlite ] || name=W4-$database
page=benches/results/$name.md

sink_port=$(free_port)
"$limit" sink "127.0.0.1:$sink_port" 2>"$home/sink.log" &
ready "http://127.0.0.1:$sink_port/" $!
start_codex --allow-private-networks
ready "$codex_url/health/ready" "$codex_pid"
for case in $cases; do ask_codex deploy "benches/w4/$case.yaml" >/dev/null 2>&1; done

used() { # nanoseconds of processor time of the server and its children; what has ended is counted by its parent
  local pid
  for pid in $(tree "$codex_pid"); do cat "/proc/$pid/task/"*/schedstat 2>/dev/null; done | awk '{sum += $1} END {printf "%.0f\n", sum}'
}

once() { # CASE: milliseconds of the run as its webhook sees it
  local answer
  answer=$(curl --silent --fail --max-time 180 -H 'content-type: application/json' \
    -d "{\"sink\": \"http://127.0.0.1:$sink_port/\"}" -w '\n%{time_total}' "$codex_url/hooks/w4-$1")
  grep -q '"items"' <<<"$answer" || { echo "$1: $answer" >&2; cat "$home/codex.log" >&2; exit 1; }
  tail -n 1 <<<"$answer" | awk '{printf "%.1f\n", $1 * 1000}'
}

for case in $cases; do once "$case" >/dev/null; done
for _ in $(seq "$rounds"); do
  for case in $cases; do
    before=$(used)
    took=$(once "$case")
    cpu=$(awk -v a="$before" -v b="$(used)" 'BEGIN {printf "%.1f", (b - a) / 1e6}')
    printf '%s 1 %s %s\n' "$case" "$took" "$cpu" | tee -a "$home/rounds" >&2
  done
  took=$("$limit" commits "$home/bare" 1000)
  printf 'bare 1 %s 0\n' "$took" | tee -a "$home/rounds" >&2
done

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
: >"benches/results/$name.jsonl"
bare=$(column bare 1 3 | median)
{
  echo "# W4: a list of a thousand items"
  echo
  sitting
  echo "Medians of $rounds rounds. The time is that of the webhook that waits for the run; the processor time that of the server"
  echo "and its children for one run. One by one, the steps with an effect are on the disk before the next one begins."
  echo
  echo "| a run | ms | lowest to highest | processor ms | × 1,000 bare commits |"
  echo "|---|---:|---|---:|---:|"
  for case in $cases; do
    ours=$(column "$case" 1 3 | median)
    printf '| %s | %s | %s | %s | %s |\n' "$(told "$case")" "$ours" "$(spread "$case" 1)" "$(column "$case" 1 4 | median)" \
      "$(awk -v a="$ours" -v b="$bare" 'BEGIN {printf "%.2f", a / b}')"
    case $case in
      code-1) label='1,000 items' ;;
      state-64) label='1,000 items, each durable, 64 at a time' ;;
      state-1) label='1,000 items, each durable, one by one' ;;
      *) continue ;;
    esac
    result "$name" W4 Codex-32 "$label" "$ours" ms "$bare"
  done
  [ "$database" != sqlite ] || # the program writes into SQLite, whatever is measured
    result "$name" W4 'bare commits' '1,000 items, each durable, one by one' "$bare" ms
  echo
  echo "1,000 commits of two rows by a bare program into SQLite, one after the other: $bare ms. Most memory that the server"
  echo "has held: $(awk '/^VmHWM/ {printf "%d", $2 / 1024}' "/proc/$codex_pid/status") MB."
} >"$page"
cat "$page"
