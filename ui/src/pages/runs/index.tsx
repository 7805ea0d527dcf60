// What happened, newest first.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { ApiError, type Schemas } from "../../api/client";
import { botNamesQuery, rows, runsQuery } from "../../api/queries";
import { StateBadge } from "../../components/badge";
import { Button, buttonClass } from "../../components/button";
import { Empty, Loading, ProblemCard } from "../../components/feedback";
import { Field, Input, Select } from "../../components/field";
import { Page } from "../../components/page";
import { Ago } from "../../components/time";
import { took, withTimes } from "../../lib/time";

const STATES: [Schemas["RunState"], string][] = [
  ["queued", "Queued"],
  ["running", "Running"],
  ["waiting", "Waiting"],
  ["succeeded", "Succeeded"],
  ["failed", "Failed"],
  ["cancelled", "Cancelled"],
  ["timed_out", "Timed out"],
];

const SPANS: [string, string, number][] = [
  ["1h", "Last hour", 3_600_000],
  ["24h", "Last 24 hours", 86_400_000],
  ["7d", "Last 7 days", 604_800_000],
  ["30d", "Last 30 days", 2_592_000_000],
];

/** How often the newest are asked for, in milliseconds. */
const BEAT = 3000;

type Search = { bot?: string; state?: string; trigger?: string; since?: string; until?: string };

export function RunsPage() {
  const search = useSearch({ from: "/runs" }) as Search;
  const navigate = useNavigate({ from: "/runs" });
  const set = (change: Partial<Record<keyof Search, string | undefined>>) => void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const since = useSince(search.since);
  const query = useInfiniteQuery({
    ...runsQuery({ bot: search.bot, state: search.state, trigger: search.trigger, since, until: search.until }),
    // Further pages do not change; only who looks at the newest sees them come.
    refetchInterval: (asked) => ((asked.state.data?.pages.length ?? 0) <= 1 ? BEAT : false),
    placeholderData: (before) => before,
  });
  const runs = rows(query.data);
  const filtered = Boolean(search.bot || search.state || search.trigger || search.since || search.until);
  const clear = () => set({ bot: undefined, state: undefined, trigger: undefined, since: undefined, until: undefined });
  return (
    <Page wide title="Runs" about="What your bots did, newest first. New ones appear by themselves.">
      <Filters search={search} set={set} clear={filtered ? clear : null} />
      {query.isPending && <Loading what="Reading the runs …" />}
      {query.error && runs.length === 0 && <NotRead error={query.error} retry={() => void query.refetch()} clear={clear} />}
      {!query.isPending && !query.error && runs.length === 0 && <Nothing filtered={filtered} clear={clear} />}
      {runs.length > 0 && <RunList runs={runs} />}
      {query.hasNextPage && (
        <div className="mt-4 text-center">
          <Button busy={query.isFetchingNextPage && "Reading older ones …"} onClick={() => void query.fetchNextPage()}>
            Show older runs
          </Button>
        </div>
      )}
    </Page>
  );
}

/** The beginning of a span such as `24h`, kept for as long as the page shows it, so that the list does not jump. */
function useSince(span: string | undefined): string | undefined {
  const [from, setFrom] = useState<{ span: string | undefined; at: string | undefined }>({ span: undefined, at: undefined });
  if (from.span === span) return from.at;
  const length = SPANS.find(([key]) => key === span)?.[2];
  const at = length ? new Date(Date.now() - length).toISOString() : span;
  setFrom({ span, at });
  return at;
}

interface FiltersProps {
  search: Search;
  set: (change: Partial<Record<keyof Search, string | undefined>>) => void;
  clear: (() => void) | null;
}

function Filters({ search, set, clear }: FiltersProps) {
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.closest("input, textarea, select, [role=dialog]");
      if (event.key === "/" && !typing && !event.metaKey && !event.ctrlKey) {
        event.preventDefault();
        first.current?.focus();
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return (
    <form role="search" aria-label="Filter the runs" className="mb-4 flex flex-wrap items-end gap-3" onSubmit={(event) => event.preventDefault()}>
      <BotField reference={first} value={search.bot} onChange={(bot) => set({ bot })} />
      <Field label="State" className="min-w-36 flex-1 sm:max-w-44">
        {(ids) => (
          <Select {...ids} className="h-10" value={search.state ?? ""} onChange={(event) => set({ state: event.target.value || undefined })}>
            <option value="">Any state</option>
            {STATES.map(([value, title]) => (
              <option key={value} value={value}>{title}</option>
            ))}
          </Select>
        )}
      </Field>
      <Field label="Began" className="min-w-36 flex-1 sm:max-w-44">
        {(ids) => (
          <Select {...ids} className="h-10" value={search.since ?? ""} onChange={(event) => set({ since: event.target.value || undefined })}>
            <option value="">At any time</option>
            {SPANS.map(([value, title]) => (
              <option key={value} value={value}>{title}</option>
            ))}
            {search.since && !SPANS.some(([key]) => key === search.since) && <option value={search.since}>Since {search.since}</option>}
          </Select>
        )}
      </Field>
      <Field label="Trigger" className="min-w-36 flex-1 sm:max-w-52">
        {(ids) => <Lazy {...ids} value={search.trigger ?? ""} onChange={(trigger) => set({ trigger: trigger || undefined })} placeholder="Any trigger" />}
      </Field>
      {clear && <Button look="quiet" onClick={clear}>Clear the filter</Button>}
    </form>
  );
}

interface BotFieldProps {
  value: string | undefined;
  onChange: (bot: string | undefined) => void;
  reference: React.Ref<HTMLInputElement>;
}

function BotField({ value, onChange, reference }: BotFieldProps) {
  const bots = useQuery(botNamesQuery);
  return (
    <Field label="Bot" className="min-w-44 flex-1 sm:max-w-64">
      {(ids) => (
        <>
          <Lazy {...ids} reference={reference} list="bots-known" value={value ?? ""} onChange={(bot) => onChange(bot || undefined)} placeholder="Any bot" />
          <datalist id="bots-known">{bots.data?.map((bot) => <option key={bot} value={bot}>{bot}</option>)}</datalist>
        </>
      )}
    </Field>
  );
}

interface LazyProps {
  id: string;
  value: string;
  onChange: (value: string) => void;
  placeholder: string;
  list?: string;
  reference?: React.Ref<HTMLInputElement>;
}

/** Says what was typed when it is left or entered, so that half a name finds nothing wrong. */
function Lazy({ value, onChange, reference, ...rest }: LazyProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const done = (next: string) => {
    setTyped(null);
    if (next.trim() !== value) onChange(next.trim());
  };
  return (
    <Input
      {...rest}
      className="h-10"
      {...(reference && { ref: reference })}
      value={typed ?? value}
      onChange={(event) => {
        // A choice from the list comes without a key.
        if ("inputType" in event.nativeEvent && event.nativeEvent.inputType) setTyped(event.target.value);
        else done(event.target.value);
      }}
      onBlur={(event) => done(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter") done(event.currentTarget.value);
        if (event.key === "Escape") setTyped(null);
      }}
    />
  );
}

export function RunList({ runs }: { runs: Schemas["RunRow"][] }) {
  return (
    <ul className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-panel">
      {runs.map((run) => (
        <li key={run.id}>
          <Link
            to="/runs/$id"
            params={{ id: run.id }}
            className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 px-4 py-2.5 outline-offset-[-2px] hover:bg-sunken md:grid-cols-[8rem_minmax(0,1fr)_minmax(0,9rem)_8.5rem_5.5rem]"
          >
            <span className="order-2 justify-self-end md:order-none md:justify-self-start"><StateBadge state={run.state} /></span>
            <span className="order-1 min-w-0 md:order-none">
              <span className="block truncate font-medium">{run.bot}</span>
              {run.error && <span className="block truncate text-[0.87rem] text-bad" title={run.error.message}>{run.error.message}</span>}
              {!run.error && run.reason && <span className="block truncate text-[0.87rem] text-soft">{withTimes(run.reason)}</span>}
            </span>
            <span className="order-3 truncate text-[0.87rem] text-soft md:order-none">{startedBy(run)}</span>
            <span className="order-4 justify-self-end text-[0.87rem] text-soft md:order-none md:justify-self-start"><Ago time={run.created_at} /></span>
            <span className="hidden text-right text-[0.87rem] text-soft tabular-nums md:block">{run.ended_at ? took(run.created_at, run.ended_at) : "goes on"}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

export function startedBy(run: Schemas["RunRow"]): string {
  if (run.trigger) return run.trigger;
  if (run.parent) return "another bot";
  return run.retry_of ? "retry" : "by hand";
}

function NotRead({ error, retry, clear }: { error: unknown; retry: () => void; clear: () => void }) {
  if (error instanceof ApiError && error.status === 404) {
    return (
      <Empty title="There is no bot of that name" action={<Button onClick={clear}>Show all runs</Button>}>
        It may have been deleted, or the name was mistyped.
      </Empty>
    );
  }
  return <ProblemCard error={error} retry={retry} />;
}

function Nothing({ filtered, clear }: { filtered: boolean; clear: () => void }) {
  if (filtered) {
    return (
      <Empty title="No run is like this" action={<Button onClick={clear}>Clear the filter</Button>}>
        Runs that fit the filter appear here as they happen.
      </Empty>
    );
  }
  return (
    <Empty title="Nothing has run yet" action={<Link to="/" className={buttonClass("primary")}>Describe a bot</Link>}>
      A run appears here when a trigger of a bot fires, or when you start a bot by hand on its page.
    </Empty>
  );
}
