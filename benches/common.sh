# What the benchmarks share: servers of their own on loopback, stopped by process id; processors and memory used.
# Sourced by benches/w*/run.sh from the project's folder. Uses DATABASE=sqlite|postgresql.

codex=${CODEX32:-target/release/codex32}
limit=${LIMIT:-target/release/codex32-limit}
database=${DATABASE:-sqlite}
home=$(mktemp -d "${TMPDIR:-/var/tmp}/codex32-bench.XXXXXX")
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$home"' EXIT
mkdir -p benches/results

say() { printf '%s\n' "$*" >&2; }

free_port() { # a port that nobody listens at now
  local port
  while :; do
    port=$((20000 + RANDOM % 12000)) # below those that connections are given
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

milliseconds() { echo $(($(date +%s%N) / 1000000)); }

answered() { # URL PID: the answer of one webhook, once the server gives it
  until curl --silent --fail --max-time 5 -H 'content-type: application/json' -d '{"n": 20}' "$1" 2>/dev/null; do
    kill -0 "$2" || { say "the server has ended:"; cat "$home"/*.log >&2; exit 1; }
  done
}

ready() { # URL PID: waits until the server says that it is
  until curl --silent --fail -o /dev/null "$1"; do
    kill -0 "$2" || { cat "$home"/*.log >&2; exit 1; }
  done
}

# --- PostgreSQL, of this machine's packages and for this run only.
serve_flags=()
limit_store=$home/limit
postgres_pid=
postgres_flags=(${postgres_flags[@]+"${postgres_flags[@]}"}) # what a benchmark has set before
flushed='SQLite with `synchronous=FULL`'
if [ "$database" = postgresql ]; then
  programs=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
  postgres_port=$(free_port)
  mkdir "$home/pg"
  as() { "$@"; }
  if [ "$(id -u)" = 0 ]; then # the server refuses to run as root
    chmod 711 "$home"; chown nobody "$home/pg"
    as() { setpriv --reuid nobody --regid nogroup --clear-groups "$@"; }
  fi
  (cd / && as "$programs/initdb" -D "$home/pg/data" -U bots --auth=trust --locale=C --encoding=UTF8 >/dev/null)
  (cd / && exec setpriv $([ "$(id -u)" = 0 ] && echo --reuid nobody --regid nogroup --clear-groups) \
    "$programs/postgres" -D "$home/pg/data" -k "$home/pg" -h 127.0.0.1 -p "$postgres_port" -c shared_buffers=512MB "${postgres_flags[@]}") \
    >/dev/null 2>"$home/postgres.log" &
  postgres_pid=$!
  until "$programs/pg_isready" -q -h 127.0.0.1 -p "$postgres_port"; do
    kill -0 "$postgres_pid" || { cat "$home/postgres.log" >&2; exit 1; }
    sleep 0.2
  done
  url=postgres://bots@127.0.0.1:$postgres_port/postgres
  serve_flags=(--database-url "$url")
  limit_store=$url
  flushed="$("$programs/postgres" --version | sed 's/postgres (PostgreSQL)/PostgreSQL/; s/ (.*//') with \`synchronous_commit=on\`"
elif [ "$database" != sqlite ]; then
  say 'DATABASE is sqlite or postgresql'; exit 1
fi

# --- Codex-32.
codex_port=$(free_port)
codex_url=http://127.0.0.1:$codex_port
start_codex() { # more flags
  "$codex" serve --data "$home/codex" "${serve_flags[@]}" --listen "127.0.0.1:$codex_port" --log-level warn "$@" \
    >/dev/null 2>"$home/codex.log" &
  codex_pid=$!
}
stop_codex() { kill "$codex_pid"; wait "$codex_pid" || true; }
ask_codex() { "$codex" "$@" --data "$home/codex" --url "$codex_url"; }

tree() { # PID: a process and its children
  echo "$1"
  local child
  for child in $(cat "/proc/$1/task/"*/children 2>/dev/null); do tree "$child"; done
}
pss() { # PID: kilobytes of memory of a process and its children, shared pages counted by share
  local sum=0 pid part
  for pid in $(tree "$1"); do
    part=$(awk '/^Pss:/ {print $2}' "/proc/$pid/smaps_rollup" 2>/dev/null || echo 0)
    sum=$((sum + ${part:-0}))
  done
  echo "$sum"
}

# --- Load: wrk with one thread, the two programs in turn, so that both meet the same noise.
ticks() { awk '{print $14 + $15}' "/proc/$1/stat"; }
children_ticks() { awk '{print $16 + $17}' "/proc/$$/stat"; }
busy() { awk '/^cpu / {print $2 + $3 + $4 + $7 + $8 + $9}' /proc/stat; }
measure() { # NAME URL PID CONNECTIONS SECONDS: a line `name connections requests/s p50 p99 failed others%` in $home/rounds
  local busy0 own0 line others
  wrk -t1 -c"$4" -d1s -s benches/w1/post.lua "$2" >/dev/null
  busy0=$(busy); own0=$(($(ticks "$3") + $(children_ticks)))
  line=$(wrk -t1 -c"$4" -d"${5}s" -s benches/w1/post.lua "$2" | grep '^W1 ')
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
median() { sort -n | awk '{v[NR] = $1} END {print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }
column() { awk -v name="$1" -v c="$2" -v f="$3" '$1 == name && $2 == c {print $f}' "$home/rounds"; }
spread() { column "$1" "$2" 3 | sort -n | awk 'NR == 1 {low = $1} {high = $1} END {printf "%d to %d", low, high}'; }

# One line of a result for benches/report.mjs.
result() { # FILE W PROGRAM LABEL VALUE UNIT [OF: the value of the limit program]
  printf '{"w": "%s", "program": "%s", "database": "%s", "label": "%s", "value": %s, "unit": "%s", "of": %s, "on": "%s"}\n' \
    "$2" "$3" "$database" "$4" "$5" "$6" "${7:-null}" "$(date -u +%Y-%m-%d)" >>"benches/results/$1.jsonl"
}
sitting() { # what a result's page says of its run
  echo "Written by \`make bench\` on $(date -u +%Y-%m-%d): $(nproc) processors ($(awk -F': ' '/model name/ {print $2; exit}' /proc/cpuinfo)),"
  echo "shared with the load generator; $flushed."
}
