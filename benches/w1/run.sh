#!/usr/bin/env bash
# W1: webhook → three pure steps → answer, fully durable (SQLite, synchronous=FULL; or PostgreSQL,
# synchronous_commit=on), beside the limit program (benches/limit) in the same run. Writes
# benches/results/W1.md, or W1-postgresql.md.
#
#   benches/w1/run.sh [CODEX32 [LIMIT]]     ROUNDS=5 SECONDS_EACH=5 RESULT=FILE DATABASE=sqlite|postgresql
set -euo pipefail
cd "$(dirname "$0")/../.."

codex=${1:-target/release/codex32}
limit=${2:-target/release/codex32-limit}
rounds=${ROUNDS:-5}
each=${SECONDS_EACH:-5}
database=${DATABASE:-sqlite}
case $database in
  sqlite) result=${RESULT:-benches/results/W1.md}; flushed='SQLite with `synchronous=FULL`' ;;
  postgresql) result=${RESULT:-benches/results/W1-postgresql.md} ;;
  *) printf 'DATABASE is sqlite or postgresql\n' >&2; exit 1 ;;
esac
connections="1 16 64"
home=$(mktemp -d "${TMPDIR:-/var/tmp}/codex32-bench.XXXXXX")
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$home"' EXIT
mkdir -p "$(dirname "$result")"

say() { printf '%s\n' "$*" >&2; }

free_port() { # a port that nobody listens at now
  local port
  while :; do
    port=$((20000 + RANDOM % 30000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

milliseconds() { echo $(($(date +%s%N) / 1000000)); }

answered() { # the answer of one webhook, once the server gives it
  until curl --silent --fail --max-time 5 -H 'content-type: application/json' -d '{"n": 20}' "$1" 2>/dev/null; do
    kill -0 "$2" || { say "the server has ended:"; cat "$home"/*.log >&2; exit 1; }
  done
}

# --- PostgreSQL, of this machine's packages and for this run only.
serve_flags=()
limit_store=$home/limit
postgres_pid=
if [ "$database" = postgresql ]; then
  programs=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
  port=$(free_port)
  mkdir "$home/pg"
  as() { "$@"; }
  if [ "$(id -u)" = 0 ]; then # the server refuses to run as root
    chmod 711 "$home"; chown nobody "$home/pg"
    as() { setpriv --reuid nobody --regid nogroup --clear-groups "$@"; }
  fi
  (cd / && as "$programs/initdb" -D "$home/pg/data" -U bots --auth=trust --locale=C --encoding=UTF8 >/dev/null)
  (cd / && exec setpriv $([ "$(id -u)" = 0 ] && echo --reuid nobody --regid nogroup --clear-groups) \
    "$programs/postgres" -D "$home/pg/data" -k "$home/pg" -h 127.0.0.1 -p "$port" -c shared_buffers=512MB) \
    >/dev/null 2>"$home/postgres.log" &
  postgres_pid=$!
  until "$programs/pg_isready" -q -h 127.0.0.1 -p "$port"; do
    kill -0 "$postgres_pid" || { cat "$home/postgres.log" >&2; exit 1; }
    sleep 0.2
  done
  url=postgres://bots@127.0.0.1:$port/postgres
  serve_flags=(--database-url "$url")
  limit_store=$url
  flushed="$("$programs/postgres" --version | sed 's/postgres (PostgreSQL)/PostgreSQL/; s/ (.*//') with \`synchronous_commit=on\`"
fi

# --- Codex-32: start, deploy, start again and measure what a start takes.
codex_port=$(free_port)
start_codex() {
  "$codex" serve --data "$home/codex" "${serve_flags[@]}" --listen "127.0.0.1:$codex_port" --log-level warn >/dev/null 2>"$home/codex.log" &
  codex_pid=$!
}
tree() { # a process and its children
  echo "$1"
  local child
  for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do tree "$child"; done
}
pss() { # kilobytes of memory of a process and its children, shared pages counted by share
  local sum=0 pid part
  for pid in $(tree "$1"); do
    part=$(awk '/^Pss:/ {print $2}' "/proc/$pid/smaps_rollup" 2>/dev/null || echo 0)
    sum=$((sum + ${part:-0}))
  done
  echo "$sum"
}
start_codex
until curl --silent --fail -o /dev/null "http://127.0.0.1:$codex_port/health/ready"; do
  kill -0 "$codex_pid" || { cat "$home/codex.log" >&2; exit 1; }
done
"$codex" deploy benches/w1/bot.yaml --data "$home/codex" --url "http://127.0.0.1:$codex_port" >/dev/null 2>&1
codex_url=http://127.0.0.1:$codex_port/hooks/w1
[ "$(answered "$codex_url" "$codex_pid")" = '{"total":42}' ] || { say "Codex-32 gives another answer"; exit 1; }

starts=()
for _ in 1 2 3 4 5; do
  kill "$codex_pid"; wait "$codex_pid" || true
  began=$(milliseconds)
  start_codex
  answered "$codex_url" "$codex_pid" >/dev/null
  starts+=($(($(milliseconds) - began)))
done
sleep 3
idle=$(pss "$codex_pid")

# --- The limit program.
limit_port=$(free_port)
"$limit" "$limit_store" "127.0.0.1:$limit_port" >/dev/null 2>"$home/limit.log" &
limit_pid=$!
limit_url=http://127.0.0.1:$limit_port/hooks/w1
[ "$(answered "$limit_url" "$limit_pid")" = '{"total":42}' ] || { say "the limit program gives another answer"; exit 1; }

# --- Rounds: the two in turn, so that both meet the same noise.
ticks() { awk '{print $14 + $15}' "/proc/$1/stat"; }
children_ticks() { awk '{print $16 + $17}' "/proc/$$/stat"; }
busy() { awk '/^cpu / {print $2 + $3 + $4 + $7 + $8 + $9}' /proc/stat; }
measure() { # name url pid connections
  local busy0 own0 line others
  wrk -t1 -c"$4" -d1s -s benches/w1/post.lua "$2" >/dev/null
  busy0=$(busy); own0=$(($(ticks "$3") + $(children_ticks)))
  line=$(wrk -t1 -c"$4" -d"${each}s" -s benches/w1/post.lua "$2" | grep '^W1 ')
  others=$(($(busy) - busy0 - $(ticks "$3") - $(children_ticks) + own0))
  read -r _ requests microseconds p50 p99 failed <<<"$line"
  [ "$failed" = 0 ] || say "$1 at $4: $failed requests failed"
  awk -v name="$1" -v c="$4" -v n="$requests" -v us="$microseconds" -v p50="$p50" -v p99="$p99" \
      -v failed="$failed" -v others="$others" -v hz="$(getconf CLK_TCK)" -v cpus="$(nproc)" 'BEGIN {
    seconds = us / 1e6
    printf "%s %d %.0f %.2f %.2f %d %.0f\n", name, c, n / seconds, p50 / 1000, p99 / 1000, failed,
      100 * others / hz / cpus / seconds }' >>"$home/rounds"
  tail -n 1 "$home/rounds" >&2
}
say "program, connections, requests/s, p50 ms, p99 ms, failed, % of the processors used by others"
for _ in $(seq "$rounds"); do
  for c in $connections; do
    measure limit "$limit_url" "$limit_pid" "$c"
    measure codex "$codex_url" "$codex_pid" "$c"
  done
done
loaded=$(pss "$codex_pid")

median() { sort -n | awk '{v[NR] = $1} END {print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }
column() { awk -v name="$1" -v c="$2" -v f="$3" '$1 == name && $2 == c {print $f}' "$home/rounds"; }
spread() { column "$1" "$2" 3 | sort -n | awk 'NR == 1 {low = $1} {high = $1} END {printf "%d to %d", low, high}'; }

{
  echo "# W1: webhook, three pure steps, durable answer"
  echo
  echo "Written by \`make bench\` on $(date -u +%Y-%m-%d): $(nproc) processors ($(awk -F': ' '/model name/ {print $2; exit}' /proc/cpuinfo)), shared with the"
  echo "load generator (wrk, one thread); $flushed; $rounds rounds of $each s for each line, the two programs"
  echo "in turn; medians. Other programs used $(awk '{print $7}' "$home/rounds" | median) % of the processors meanwhile (median over the rounds): compare the"
  echo "ratios, not the numbers, with those of another day."
  if [ "$database" = postgresql ]; then echo "PostgreSQL is among those others."; fi
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
  done
  echo
  echo "Requests that failed: $(awk '{sum += $6} END {print sum}' "$home/rounds")."
  echo
  echo "| | measured | at most |"
  echo "|---|---:|---:|"
  echo "| start to first answered webhook (median of 5) | $(printf '%s\n' "${starts[@]}" | median) ms | 500 ms |"
  echo "| idle memory, server and its children (PSS) | $((idle / 1024)) MB | 60 MB |"
  echo "| memory after the load | $((loaded / 1024)) MB | |"
  echo "| size of the binary | $(($(stat -c %s "$codex") / 1048576)) MB | 60 MB |"
} >"$result"
cat "$result"
