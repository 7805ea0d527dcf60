// Events between bots, and the dead letters: triggers that could not start a run.
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, data } from "../../api/client";
import { eventsQuery, LIMIT, paging, rows } from "../../api/queries";
import { Button } from "../../components/button";
import { Json } from "../../components/code";
import { Dialog } from "../../components/dialog";
import { Empty, Loading, ProblemCard } from "../../components/feedback";
import { Field, Input, Search, Textarea } from "../../components/field";
import { Page } from "../../components/page";
import { Tab, Tabs } from "../../components/tabs";
import { Ago } from "../../components/time";
import { notify } from "../../lib/notices";
import { useLate } from "../../lib/use-late";

export function EventsPage() {
  const { name, view } = useSearch({ from: "/events" });
  const navigate = useNavigate({ from: "/events" });
  const [emitting, setEmitting] = useState(false);
  return (
    <Page
      wide
      title="Events"
      about="Bots emit events, and start on them. Programs emit them over the API."
      actions={
        <Button look="primary" onClick={() => setEmitting(true)}>
          Emit an event
        </Button>
      }
    >
      <Tabs
        label="Events and dead letters"
        value={view ?? "events"}
        onChange={(next) => void navigate({ search: next === "dead" ? { view: "dead" } : {}, replace: true })}
        tabs={[
          { value: "events", title: "Events" },
          { value: "dead", title: "Dead letters" },
        ]}
      >
        <Tab value="events" className="pt-5">
          <Events name={name ?? ""} onName={(next) => void navigate({ search: { name: next || undefined }, replace: true })} emit={() => setEmitting(true)} />
        </Tab>
        <Tab value="dead" className="pt-5">
          <DeadLetters />
        </Tab>
      </Tabs>
      <Emit open={emitting} onClose={() => setEmitting(false)} />
    </Page>
  );
}

function Events({ name, onName, emit }: { name: string; onName: (name: string) => void; emit: () => void }) {
  const late = useLate(name.trim(), 300);
  const events = useInfiniteQuery({
    ...eventsQuery(late),
    placeholderData: (before) => before,
    refetchInterval: (asked) => ((asked.state.data?.pages.length ?? 0) <= 1 ? 5000 : false),
  });
  const found = rows(events.data);
  return (
    <>
      <Search label="Name of the event" className="mb-4 max-w-md" value={name} onChange={(event) => onName(event.target.value)} />
      {events.isPending && <Loading what="Reading the events …" />}
      {events.isError && <ProblemCard error={events.error} retry={() => void events.refetch()} />}
      {events.isSuccess && found.length === 0 && (
        <Empty title={late ? `No event is called ${late}` : "No events yet"} action={<Button onClick={emit}>Emit one</Button>}>
          {late ? "The whole name is looked for, such as invoice.paid." : "A step `emit` makes one, or a program that posts to /api/v1/events."}
        </Empty>
      )}
      {found.length > 0 && (
        <ul aria-label="Events" className="divide-y divide-line rounded-xl border border-line bg-panel">
          {found.map((event) => (
            <li key={event.id}>
              <details>
                <summary className="flex flex-wrap items-baseline gap-x-4 gap-y-1 px-4 py-2.5 hover:bg-sunken/60">
                  <span className="font-medium wrap-anywhere">{event.name}</span>
                  <span className="min-w-0 flex-1 basis-40 truncate font-mono text-[0.84rem] text-soft">{JSON.stringify(event.data)}</span>
                  <span className="text-[0.88rem] text-soft">
                    from {event.source}, <Ago time={event.at} />
                  </span>
                </summary>
                <div className="grid gap-2 border-t border-line p-4">
                  <p className="text-[0.88rem] text-soft wrap-anywhere">
                    <code>{event.id}</code>
                    {event.key && (
                      <>
                        , key <code>{event.key}</code>
                      </>
                    )}
                  </p>
                  <Json label={`Data of ${event.name}`} value={event.data} />
                </div>
              </details>
            </li>
          ))}
        </ul>
      )}
      {events.hasNextPage && (
        <div className="mt-4 text-center">
          <Button busy={events.isFetchingNextPage && "Reading more …"} onClick={() => void events.fetchNextPage()}>
            Show older events
          </Button>
        </div>
      )}
    </>
  );
}

function DeadLetters() {
  const letters = useInfiniteQuery({
    queryKey: ["dead-letters"],
    queryFn: ({ pageParam, signal }) => data(api.GET("/api/v1/dead-letters", { params: { query: { limit: LIMIT, cursor: pageParam } }, signal })),
    ...paging,
  });
  const found = rows(letters.data);
  if (letters.isPending) return <Loading what="Reading the dead letters …" />;
  if (letters.isError) return <ProblemCard error={letters.error} retry={() => void letters.refetch()} />;
  if (found.length === 0) {
    return (
      <Empty title="No dead letters">
        When a time or an event should have started a bot and could not, it is told here: its inputs did not fit, say.
      </Empty>
    );
  }
  return (
    <>
      <ul aria-label="Dead letters" className="divide-y divide-line rounded-xl border border-line bg-panel">
        {found.map((letter, index) => (
          <li key={index} className="grid gap-1 px-4 py-3">
            <p className="flex flex-wrap items-baseline justify-between gap-x-4">
              <span>
                <Link to="/bots/$bot" params={{ bot: letter.bot }} className="font-medium text-accent underline underline-offset-2">
                  {letter.bot}
                </Link>{" "}
                <code className="text-soft">{letter.trigger}</code>
              </span>
              <span className="text-[0.88rem] text-soft">
                <Ago time={letter.at} />
              </span>
            </p>
            <p className="text-bad wrap-anywhere">{letter.error}</p>
          </li>
        ))}
      </ul>
      {letters.hasNextPage && (
        <div className="mt-4 text-center">
          <Button busy={letters.isFetchingNextPage && "Reading more …"} onClick={() => void letters.fetchNextPage()}>
            Show older ones
          </Button>
        </div>
      )}
    </>
  );
}

function Emit({ open, onClose }: { open: boolean; onClose: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [key, setKey] = useState("");
  const [typed, setTyped] = useState("{}");
  const [wrong, setWrong] = useState("");
  const emit = useMutation({
    mutationFn: (value: unknown) => data(api.POST("/api/v1/events", { body: { name, data: value, ...(key && { key }) } })),
    onSuccess: () => {
      notify(`${name} is emitted.`);
      void client.invalidateQueries({ queryKey: ["events"] });
      onClose();
    },
  });
  return (
    <Dialog title="Emit an event" about="Every bot that starts on it starts." open={open} onClose={onClose}>
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          try {
            emit.mutate(JSON.parse(typed || "null") as unknown);
          } catch (cause) {
            setWrong(`This is not JSON: ${cause instanceof Error ? cause.message : ""}`);
          }
        }}
      >
        <Field label="Name">
          {(ids) => <Input {...ids} required spellCheck={false} placeholder="invoice.paid" value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label="Data" hint="JSON; bots read it as event.data." error={wrong}>
          {(ids) => (
            <Textarea {...ids} rows={5} spellCheck={false} className="font-mono text-[0.87rem]" value={typed} onChange={(event) => (setTyped(event.target.value), setWrong(""))} />
          )}
        </Field>
        <Field label="Key" aside="optional" hint="Events of one key start runs in order.">
          {(ids) => <Input {...ids} spellCheck={false} value={key} onChange={(event) => setKey(event.target.value)} />}
        </Field>
        {emit.isError && <ProblemCard error={emit.error} />}
        <div className="flex justify-end">
          <Button type="submit" look="primary" busy={emit.isPending && "Emitting …"}>
            Emit
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
