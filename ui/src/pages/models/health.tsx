// How a provider does, as the server that answers this page sees it.
import type { Schemas } from "../../api/client";
import { Badge } from "../../components/badge";
import { count } from "../../lib/count";
import { lasted } from "../../lib/time";

type Health = Schemas["ModelHealth"];

export const healthOf = (all: Health[], connection: string, model: string) => all.find((each) => each.connection === connection && each.model === model);

export function HealthBadge({ health }: { health: Health | undefined }) {
  if (!health || health.calls === 0) return <Badge>Not asked yet</Badge>;
  if (health.left_for_s != null) return <Badge tone="bad">Left alone, {health.left_for_s} s yet</Badge>;
  if (health.error_rate >= 0.25) return <Badge tone="warn">Often fails</Badge>;
  if (health.error_rate >= 0.05) return <Badge tone="warn">Fails now and then</Badge>;
  return <Badge tone="good">Well</Badge>;
}

export function HealthFacts({ health }: { health: Health | undefined }) {
  if (!health || health.calls === 0) return null;
  const rate = Math.round(health.error_rate * 1000) / 10;
  const { calls, failures, last_error: error, left_for_s: left } = health;
  return (
    <>
      <span className="min-w-0 text-[0.85rem] text-faint tabular-nums">
        {health.latency_ms != null && `${lasted(health.latency_ms)} an answer, `}
        {count(failures)} of {count(calls)} {calls === 1 ? "request" : "requests"} failed
        {failures > 0 && `, error rate lately ${rate} %`}
      </span>
      {error && (
        <span className="basis-full text-[0.85rem] text-soft wrap-anywhere">
          {left != null ? "Why" : "Its last error"}: {error}
        </span>
      )}
    </>
  );
}
