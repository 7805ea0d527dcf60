// Events that could not start a bot: why, with what data, and what to do about it.
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, type Schemas } from "../../api/client";
import { deadLettersQuery, rows } from "../../api/queries";
import { Button } from "../../components/button";
import { Json } from "../../components/code";
import { Confirm } from "../../components/dialog";
import { Empty, Loading, ProblemCard } from "../../components/feedback";
import { Select } from "../../components/field";
import { Ago } from "../../components/time";
import { notify } from "../../lib/notices";

type Letter = Schemas["DeadLetterBody"];

/** Lists that a replay or a discard changes. */
const CHANGED = [["dead-letters"], ["replays"], ["runs"]];

export function DeadLetters({ onReplay }: { onReplay: () => void }) {
  const client = useQueryClient();
  const [bot, setBot] = useState("");
  const [discarding, setDiscarding] = useState(false);
  const letters = useInfiniteQuery({
    ...deadLettersQuery(bot),
    placeholderData: (before) => before,
    refetchInterval: (asked) => ((asked.state.data?.pages.length ?? 0) <= 1 ? 5000 : false),
  });
  const changed = () => Promise.all(CHANGED.map((queryKey) => client.invalidateQueries({ queryKey })));
  const replay = useMutation({
    mutationFn: () => data(api.POST("/api/v1/replays", { body: { what: "dead_letters", ...(bot && { bot }) } })),
    onSuccess: () => {
      notify("The dead letters are replayed.");
      onReplay();
      return changed();
    },
  });
  const discard = useMutation({
    mutationFn: () => data(api.POST("/api/v1/dead-letters/discard", { body: { ...(bot && { bot }) } })),
    onSuccess: ({ discarded }) => {
      notify(discarded === 1 ? "1 dead letter is discarded." : `${discarded} dead letters are discarded.`);
      setDiscarding(false);
      return changed();
    },
  });
  const found = rows(letters.data);
  const bots = [...new Set([...found.map((letter) => letter.bot), ...(bot ? [bot] : [])])].toSorted();
  if (letters.isPending) return <Loading what="Reading the dead letters …" />;
  if (letters.isError) return <ProblemCard error={letters.error} retry={() => void letters.refetch()} />;
  if (found.length === 0 && !bot) {
    return (
      <Empty title="No dead letters">
        When an event should have started a bot and could not, it is kept here: its data did not fit, say. Mend the bot, then
        replay it.
      </Empty>
    );
  }
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center gap-2">
        <Select aria-label="Of which bot" className="w-auto! max-w-full" value={bot} onChange={(event) => setBot(event.target.value)}>
          <option value="">Of all bots</option>
          {bots.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </Select>
        <Button busy={replay.isPending && "Beginning …"} disabled={found.length === 0} onClick={() => replay.mutate()}>
          {bot ? `Replay all of ${bot}` : "Replay all"}
        </Button>
        <Button look="danger" disabled={found.length === 0} onClick={() => setDiscarding(true)}>
          Discard all …
        </Button>
      </div>
      {replay.isError && <ProblemCard error={replay.error} className="mb-4" />}
      {found.length === 0 && <Empty title={`No dead letters of ${bot}`} action={<Button onClick={() => setBot("")}>Show all</Button>} />}
      {found.length > 0 && (
        <ul aria-label="Dead letters" className="divide-y divide-line rounded-xl border border-line bg-panel">
          {found.map((letter) => (
            <Row key={letter.id} letter={letter} onChanged={changed} />
          ))}
        </ul>
      )}
      {letters.hasNextPage && (
        <div className="mt-4 text-center">
          <Button busy={letters.isFetchingNextPage && "Reading more …"} onClick={() => void letters.fetchNextPage()}>
            Show older ones
          </Button>
        </div>
      )}
      <Confirm
        open={discarding}
        title={bot ? `Discard all dead letters of ${bot}?` : "Discard all dead letters?"}
        about="Those that are here now are gone, and start nothing any more. Their events stay in the list of events."
        action="Discard them"
        busy={discard.isPending && "Discarding …"}
        onClose={() => setDiscarding(false)}
        onConfirm={() => discard.mutate()}
      >
        {discard.isError && <ProblemCard error={discard.error} />}
      </Confirm>
    </>
  );
}

function Row({ letter, onChanged }: { letter: Letter; onChanged: () => Promise<unknown> }) {
  const params = { path: { id: letter.id } };
  const replay = useMutation({
    mutationFn: () => data(api.POST("/api/v1/dead-letters/{id}/replay", { params })),
    onSuccess: ({ outcome }) => {
      if (outcome === "started") notify(`${letter.bot} is started.`);
      else if (outcome === "already") notify("The event had started the bot before.");
      else notify("The trigger's condition is not met: there is nothing to start.");
      return onChanged();
    },
    onError: onChanged,
  });
  const discard = useMutation({
    mutationFn: () => data(api.DELETE("/api/v1/dead-letters/{id}", { params })),
    onSuccess: () => {
      notify("The dead letter is discarded.");
      return onChanged();
    },
  });
  const { event } = letter;
  return (
    <li className="grid gap-2 px-4 py-3">
      <p className="flex flex-wrap items-baseline justify-between gap-x-4">
        <span className="min-w-0 wrap-anywhere">
          <span className="font-medium">{event.name}</span> <span className="text-soft">could not start</span>{" "}
          <Link to="/bots/$bot" params={{ bot: letter.bot }} className="font-medium text-accent underline underline-offset-2">
            {letter.bot}
          </Link>
        </span>
        <span className="text-[0.88rem] text-soft">
          {letter.attempts > 1 ? `tried ${letter.attempts} times, last ` : ""}
          <Ago time={letter.at} />
        </span>
      </p>
      <p className="wrap-anywhere">
        <span className="text-bad">{letter.error}</span>{" "}
        <a href={`/docs/errors/${letter.code}`} target="_blank" rel="noreferrer" className="text-[0.84rem] text-soft underline underline-offset-2">
          {letter.code}
        </a>
      </p>
      {replay.isError && <ProblemCard error={replay.error} />}
      {discard.isError && <ProblemCard error={discard.error} />}
      <div className="flex flex-wrap items-start gap-2">
        <details className="min-w-0 flex-1 basis-60">
          <summary className="w-fit py-1 text-[0.9rem] text-soft hover:text-ink">The event</summary>
          <div className="mt-1 grid gap-2">
            <p className="text-[0.88rem] text-soft wrap-anywhere">
              <code>{event.id}</code> from {event.source}, <Ago time={event.at} />, trigger <code>{letter.trigger}</code>
              {event.key && (
                <>
                  , key <code>{event.key}</code>
                </>
              )}
              {event.hops > 0 && `, ${event.hops} ${event.hops === 1 ? "event" : "events"} after the first cause`}
            </p>
            <Json label={`Data of ${event.name}`} value={event.data} />
          </div>
        </details>
        <span className="flex gap-1">
          <Button small aria-label={`Replay ${event.name} to ${letter.bot}`} busy={replay.isPending && "Trying …"} onClick={() => replay.mutate()}>
            Replay
          </Button>
          <Button small look="quiet" aria-label={`Discard ${event.name} to ${letter.bot}`} busy={discard.isPending && "Discarding …"} onClick={() => discard.mutate()}>
            Discard
          </Button>
        </span>
      </div>
    </li>
  );
}
