// Replays: what was brought to bots once more, and how far it is.
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, data, type Schemas } from "../../api/client";
import { replaysQuery, rows } from "../../api/queries";
import { Button } from "../../components/button";
import { Empty, Loading, ProblemCard } from "../../components/feedback";
import { Ago } from "../../components/time";
import { notify } from "../../lib/notices";
import { exact } from "../../lib/time";
import { count } from "../../lib/count";

type Replay = Schemas["ReplayBody"];

export function Replays({ onBegin }: { onBegin: () => void }) {
  const replays = useInfiniteQuery({
    ...replaysQuery,
    // One that goes on is followed.
    refetchInterval: (asked) => {
      if ((asked.state.data?.pages.length ?? 0) > 1) return false;
      return rows(asked.state.data).some((replay) => replay.state === "running") ? 1000 : 10_000;
    },
  });
  const found = rows(replays.data);
  if (replays.isPending) return <Loading what="Reading the replays …" />;
  if (replays.isError) return <ProblemCard error={replays.error} retry={() => void replays.refetch()} />;
  if (found.length === 0) {
    return (
      <Empty title="Nothing was replayed yet" action={<Button onClick={onBegin}>Replay events …</Button>}>
        A replay brings events of a time to their bots once more: to a bot that came later, say, or one that was broken.
      </Empty>
    );
  }
  return (
    <>
      <ul aria-label="Replays" className="divide-y divide-line rounded-xl border border-line bg-panel">
        {found.map((replay) => (
          <Row key={replay.id} replay={replay} />
        ))}
      </ul>
      {replays.hasNextPage && (
        <div className="mt-4 text-center">
          <Button busy={replays.isFetchingNextPage && "Reading more …"} onClick={() => void replays.fetchNextPage()}>
            Show older replays
          </Button>
        </div>
      )}
    </>
  );
}

const STATES = { running: "Running", done: "Done", cancelled: "Cancelled" } as const;

function Row({ replay }: { replay: Replay }) {
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => data(api.POST("/api/v1/replays/{id}/cancel", { params: { path: { id: replay.id } } })),
    onSuccess: () => {
      notify("The replay is stopped. What it has started goes on.");
      return client.invalidateQueries({ queryKey: ["replays"] });
    },
  });
  const things = replay.what === "events" ? "events" : "dead letters";
  const counts = [
    `${count(replay.started)} ${replay.started === 1 ? "run" : "runs"} started`,
    replay.already > 0 && `${count(replay.already)} had started before`,
    replay.declined > 0 && `${count(replay.declined)} declined by a condition`,
  ].filter(Boolean);
  return (
    <li className="grid gap-1.5 px-4 py-3">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <p className="min-w-0 wrap-anywhere">
          <span className="font-medium">{replay.name ?? (replay.what === "events" ? "All events" : "Dead letters")}</span>{" "}
          <span className="text-soft">
            to {replay.bot ?? "all bots that listen"}
            {replay.again && ", also those that were started before"}
          </span>
        </p>
        <p className="text-[0.88rem] text-soft">
          {STATES[replay.state]}, begun <Ago time={replay.created_at} />
        </p>
      </div>
      {replay.since && replay.until && (
        <p className="text-[0.88rem] text-soft">
          from {exact(replay.since)} to {exact(replay.until)}
        </p>
      )}
      {replay.state === "running" && (
        <progress aria-label={`How far the replay of ${replay.name ?? things} is`} max={Math.max(replay.total, 1)} value={replay.seen} className="h-1.5 w-full accent-accent" />
      )}
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <p className="text-[0.93rem]">
          {count(replay.seen)} of {count(replay.total)} {things}: {counts.join(", ")}
          {replay.failed > 0 && (
            <>
              ,{" "}
              <Link to="/events" search={{ view: "dead" }} className="text-bad underline underline-offset-2">
                {count(replay.failed)} failed
              </Link>
            </>
          )}
          {replay.note && <span className="text-warn">; {replay.note}</span>}
        </p>
        {replay.state === "running" && (
          <Button small look="quiet" busy={cancel.isPending && "Stopping …"} onClick={() => cancel.mutate()}>
            Stop it
          </Button>
        )}
      </div>
      {cancel.isError && <ProblemCard error={cancel.error} />}
    </li>
  );
}
