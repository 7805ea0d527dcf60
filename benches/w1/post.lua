-- The request of W1, and its result as one line for run.sh:
-- requests, microseconds, p50 and p99 in microseconds, requests that failed.
wrk.method = "POST"
wrk.body = '{"n": 20}'
wrk.headers["content-type"] = "application/json"

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("W1 %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), failed))
end
