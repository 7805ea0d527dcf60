// Every call, newest first: who asked what, who answered, what it cost.
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { useState, type ReactNode } from "react";
import { ApiError, type Schemas } from "../../api/client";
import { callsQuery, type Calls as Which } from "../../api/models";
import { rows } from "../../api/queries";
import { Button } from "../../components/button";
import { CallLog } from "../../components/call-log";
import { CallState } from "../../components/call-state";
import { Empty, Loading, ProblemCard } from "../../components/feedback";
import { Ago } from "../../components/time";
import { cx } from "../../lib/classes";
import { count } from "../../lib/count";
import { digits, tokens, usd } from "../../lib/money";
import { exact, lasted } from "../../lib/time";
import type { CostsSearch } from "../../lib/days";

type Call = Schemas["CallBody"];

interface CallsProps {
  which: Which;
  set: (change: Partial<CostsSearch>) => void;
}

export function Calls({ which, set }: CallsProps) {
  const calls = useInfiniteQuery({
    ...callsQuery(which),
    placeholderData: (before) => before,
    refetchInterval: (asked) => ((asked.state.data?.pages.length ?? 0) <= 1 ? 5000 : false),
  });
  const found = rows(calls.data);
  const places = digits(found.map((call) => call.cost_usd));
  const all = (
    <Button onClick={() => set({ span: "90d", from: undefined, to: undefined, bot: undefined, run: undefined })}>Show the last 90 days of all</Button>
  );
  if (calls.isPending) return <Loading what="Reading the calls …" />;
  if (calls.error instanceof ApiError && calls.error.status === 404) {
    return <Empty title="There is no bot of that name" action={all}>It may have been deleted, or the name was mistyped.</Empty>;
  }
  if (calls.isError) return <ProblemCard error={calls.error} retry={() => void calls.refetch()} />;
  if (found.length === 0) {
    return (
      <Empty title="No call is like this" action={all}>
        Questions of <code>ask</code> steps and of programs appear here as they are asked.
      </Empty>
    );
  }
  return (
    <>
      <ul aria-label="Calls" className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-panel">
        {found.map((call) => (
          <Row key={call.id} call={call} places={places} />
        ))}
      </ul>
      {calls.hasNextPage && (
        <div className="mt-4 text-center">
          <Button busy={calls.isFetchingNextPage && "Reading older ones …"} onClick={() => void calls.fetchNextPage()}>
            Show older calls
          </Button>
        </div>
      )}
    </>
  );
}

function Row({ call, places }: { call: Call; places: number }) {
  const [open, setOpen] = useState(false);
  return (
    <li>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="grid w-full grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-0.5 px-4 py-2.5 text-left outline-offset-[-2px] hover:bg-sunken md:grid-cols-[8.5rem_minmax(0,1.3fr)_minmax(0,1fr)_8rem_8rem_6rem]"
      >
        <span className="order-2 justify-self-end md:order-none md:justify-self-start"><CallState call={call} /></span>
        <span className="order-1 flex min-w-0 items-center gap-1.5 md:order-none">
          <ChevronRight aria-hidden size={15} className={cx("shrink-0 text-faint transition-transform", open && "rotate-90")} />
          <span className="min-w-0">
            <span className="block truncate font-medium">{call.asked || "no name"}</span>
            <span className={cx("block truncate text-[0.85rem]", call.message ? "text-bad" : "text-soft")}>{call.message ?? answeredBy(call)}</span>
          </span>
        </span>
        <span className="order-3 truncate pl-5.25 text-[0.87rem] text-soft md:order-none md:pl-0">{askedBy(call)}</span>
        <span className="order-5 hidden text-right text-[0.87rem] text-soft tabular-nums md:order-none md:block">
          {tokens(call.input_tokens)} in, {tokens(call.output_tokens)} out
        </span>
        <span className="order-6 hidden text-right text-[0.87rem] text-soft md:order-none md:block"><Ago time={call.started_at} /></span>
        <span className="order-4 justify-self-end text-[0.9rem] font-medium tabular-nums md:order-none">{usd(call.cost_usd, places)}</span>
      </button>
      {open && <Facts call={call} />}
    </li>
  );
}

const answeredBy = ({ connection, model }: Call) => (connection && model ? `${connection}/${model}` : "nobody yet");

function askedBy({ bot, step, kind }: Call): string {
  const who = bot ? [bot, step].filter(Boolean).join(", ") : "a program";
  return kind === "embeddings" ? `${who}, embeddings` : who;
}

function Facts({ call }: { call: Call }) {
  const { run, step, bot, connection, message, code } = call;
  return (
    <div className="grid gap-4 border-t border-line bg-sunken/40 px-4 py-3.5 md:pl-10">
      <dl className="grid gap-x-6 gap-y-1 text-[0.9rem] sm:grid-cols-[7rem_minmax(0,1fr)]">
        {message && (
          <Fact name="Why it failed">
            {message}{" "}
            {code && <a href={`/docs/errors/${code}`} target="_blank" rel="noreferrer" className="underline"><code>{code}</code></a>}
          </Fact>
        )}
        <Fact name="Began">{exact(call.started_at)}</Fact>
        {call.duration_ms != null && (
          <Fact name="Took">
            {lasted(call.duration_ms)}
            {call.first_token_ms != null && `, first token after ${lasted(call.first_token_ms)}`}
          </Fact>
        )}
        <Fact name="Tokens">{count(call.input_tokens)} in, {count(call.output_tokens)} out</Fact>
        {call.saved_usd > 0 && <Fact name="Saved">{usd(call.saved_usd)}</Fact>}
        {connection && (
          <Fact name="Answered by">
            <Link to="/connections/$name" params={{ name: connection }} className={LINK}>{connection}</Link>, {call.model} ({call.provider})
          </Fact>
        )}
        {bot && <Fact name="Bot"><Link to="/bots/$bot" params={{ bot }} className={LINK}>{bot}</Link></Fact>}
        {run && (
          <Fact name={step ? "Step" : "Run"}>
            <Link to="/runs/$id" params={{ id: run }} search={{ step: step ?? undefined }} className={LINK}>
              {step ? <><code>{step}</code> of its run</> : <code>{run}</code>}
            </Link>
          </Fact>
        )}
        <Fact name="Actor"><code>{call.actor}</code></Fact>
        <Fact name="Call"><code>{call.id}</code></Fact>
      </dl>
      <CallLog id={call.id} />
    </div>
  );
}

const LINK = "text-accent underline underline-offset-2";

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="contents">
      <dt className="text-soft">{name}</dt>
      <dd className="mb-1 min-w-0 wrap-anywhere sm:mb-0">{children}</dd>
    </div>
  );
}
