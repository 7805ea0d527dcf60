// The events of the workspace, newest first, each with its data.
import { useInfiniteQuery } from "@tanstack/react-query";
import { eventsQuery, rows } from "../../api/queries";
import { Button } from "../../components/button";
import { Json } from "../../components/code";
import { Empty, Loading, ProblemCard } from "../../components/feedback";
import { Search } from "../../components/field";
import { Ago } from "../../components/time";
import { useLate } from "../../lib/use-late";

interface EventsProps {
  name: string;
  onName: (name: string) => void;
  onEmit: () => void;
  onReplay: (name: string) => void;
}

export function Events({ name, onName, onEmit, onReplay }: EventsProps) {
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
        <Empty title={late ? `No event is called ${late}` : "No events yet"} action={<Button onClick={onEmit}>Emit one</Button>}>
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
                    {event.hops > 0 && `, ${event.hops} ${event.hops === 1 ? "event" : "events"} after the first cause`}
                  </p>
                  <Json label={`Data of ${event.name}`} value={event.data} />
                  <p>
                    <Button small onClick={() => onReplay(event.name)}>
                      Replay events of this name …
                    </Button>
                  </p>
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
