// One run, kept up to date by live events until it has ended.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { api, data, type ApiError, type Schemas } from "../../api/client";
import { runQuery } from "../../api/queries";
import { follow } from "../../api/sse";
import { merge, type RunEvent } from "../../steps/live";

type Run = Schemas["Run"];

/** How often what was told meanwhile is shown, in milliseconds. */
const BEAT = 150;

export const hasEnded = (run: Pick<Run, "ended_at">) => run.ended_at != null;

export function useRun(id: string) {
  const client = useQueryClient();
  const query = useQuery(runQuery(id));
  const base = query.data;
  const [events, setEvents] = useState<RunEvent[]>([]);
  const [line, setLine] = useState<"live" | "broken">("live");
  const [refused, setRefused] = useState<ApiError | null>(null);
  const goesOn = base !== undefined && !hasEnded(base);

  // Where the stream broke off; following goes on there when the page asks for the run again.
  const told = useRef<{ id: string; events: RunEvent[] }>({ id, events: [] });
  useEffect(() => {
    if (!goesOn) return;
    const stop = new AbortController();
    const kept = told.current.id === id ? told.current : { id, events: [] as RunEvent[] };
    told.current = kept;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = () => {
      timer = undefined;
      setEvents([...kept.events]);
    };
    void follow(`/api/v1/runs/${encodeURIComponent(id)}/events`, {
      signal: stop.signal,
      onState: (state) => {
        setLine(state);
        // What happened while the line was down is in the run itself.
        if (state === "live" && kept.events.length > 0) void client.invalidateQueries({ queryKey: ["runs", "one", id] });
      },
      onEvent: (event) => {
        kept.events.push({ ...(JSON.parse(event.data) as RunEvent), kind: event.event });
        timer ??= setTimeout(show, BEAT);
      },
      isLast: (event) => event.event === "ended",
      onError: setRefused,
    }).then(() => {
      if (!stop.signal.aborted) void client.invalidateQueries({ queryKey: ["runs"] });
    });
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [id, goesOn, client]);

  const run = useMemo(() => (base && goesOn ? merge(base, events) : base), [base, goesOn, events]);
  return { run, line: goesOn ? line : null, error: query.error ?? refused, refetch: query.refetch };
}

export const cancelRun = (id: string) => data(api.POST("/api/v1/runs/{id}/cancel", { params: { path: { id } }, body: { reason: "cancelled in the web interface" } }));

export const retryRun = (id: string, from: string | null) =>
  data(api.POST("/api/v1/runs/{id}/retry", { params: { path: { id } }, body: { from } }));

export const startRun = (bot: string, input: unknown) =>
  data(api.POST("/api/v1/bots/{bot}/runs", { params: { path: { bot } }, body: { input: input as Record<string, never> } }));
