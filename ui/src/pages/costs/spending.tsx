// What was spent: in all, by day, and by whatever one asks for.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { costsQuery } from "../../api/models";
import type { Schemas } from "../../api/client";
import { buttonClass } from "../../components/button";
import { Code } from "../../components/code";
import { DayChart } from "../../components/day-chart";
import { Empty, Loading, ProblemCard } from "../../components/feedback";
import { Panel } from "../../components/page";
import { count } from "../../lib/count";
import { tokens, usd } from "../../lib/money";
import { Breakdown } from "./breakdown";
import { Cache } from "./cache";
import { dayName, dayOf, type CostsSearch, type Span } from "../../lib/days";

type Cost = Schemas["CostBody"];

/** How often what is new is asked for, in milliseconds. */
const BEAT = 10_000;

interface SpendingProps {
  span: Span;
  bot: string | undefined;
  by: string | undefined;
  set: (change: Partial<CostsSearch>) => void;
  now: number;
}

export function Spending({ span, bot, by, set, now }: SpendingProps) {
  const which = { from: span.from, to: span.to, bot };
  const costs = useQuery({ ...costsQuery("day", which), placeholderData: (before) => before, refetchInterval: BEAT });
  // Whether anything was ever asked, on any day.
  const ever = useQuery({ ...costsQuery("day", {}), enabled: costs.data?.length === 0 });
  if (costs.isPending) return <Loading what="Adding up the costs …" />;
  if (costs.isError) return <ProblemCard error={costs.error} retry={() => void costs.refetch()} />;
  if (costs.data.length === 0) return ever.data ? <Nothing ever={ever.data.length > 0} set={set} /> : <Loading what="Adding up the costs …" />;
  const byDay = new Map(costs.data.map((cost) => [cost.of, cost]));
  const days = span.days.map((day) => ({ day, value: byDay.get(day)?.cost_usd ?? 0, calls: byDay.get(day)?.calls ?? 0 }));
  return (
    <div className="grid gap-5">
      <Totals costs={costs.data} />
      <Panel>
        <DayChart
          title="Spending by day"
          days={days}
          amount={usd}
          dayName={dayName}
          columns={[{ title: "Calls", of: (day) => count(day.calls) }]}
          open={span.days.at(-1) === dayOf(now)}
          onPick={(day) => set({ view: "calls", span: "days", from: day, to: day })}
        />
      </Panel>
      <div className="grid items-start gap-5 2xl:grid-cols-[minmax(0,3fr)_minmax(22rem,1fr)]">
        <Breakdown which={which} by={by} set={set} />
        <Cache />
      </div>
    </div>
  );
}

const sum = (costs: Cost[], of: (cost: Cost) => number) => costs.reduce((so, cost) => so + of(cost), 0);

function Totals({ costs }: { costs: Cost[] }) {
  const spent = sum(costs, (cost) => cost.cost_usd);
  const estimated = sum(costs, (cost) => cost.estimated_usd);
  const unpriced = sum(costs, (cost) => cost.unpriced);
  const [calls, attempts, failed] = [sum(costs, (cost) => cost.calls), sum(costs, (cost) => cost.attempts), sum(costs, (cost) => cost.failed)];
  const [hits, saved] = [sum(costs, (cost) => cost.hits), sum(costs, (cost) => cost.saved_usd)];
  const [input, output, cached] = [sum(costs, (cost) => cost.input_tokens), sum(costs, (cost) => cost.output_tokens), sum(costs, (cost) => cost.cached_tokens)];
  return (
    <>
      <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-xl border border-line bg-line lg:grid-cols-4">
        <Figure name="Spent" value={usd(spent)}>
          {estimated > 0 ? `${usd(estimated)} of it estimated: no provider counted` : "all as the providers counted"}
        </Figure>
        <Figure name="Calls" value={count(calls)}>
          {count(attempts)} {attempts === 1 ? "request" : "requests"} to providers{failed > 0 && <>, <span className="text-bad">{count(failed)} failed</span></>}
        </Figure>
        <Figure name="Answered without paying" value={count(hits)}>
          {saved > 0 ? `${usd(saved)} saved` : "by the cache, or paid before"}
        </Figure>
        <Figure name="Tokens" value={tokens(input + output)}>
          {tokens(input)} in{cached > 0 && ` (${tokens(cached)} from a provider's cache)`}, {tokens(output)} out
        </Figure>
      </dl>
      {unpriced > 0 && (
        <p className="flex items-start gap-2 rounded-xl border border-warn/40 bg-warn-soft px-4 py-2.5">
          <CircleAlert aria-hidden size={17} className="mt-0.75 shrink-0 text-warn" />
          <span>
            {count(unpriced)} {unpriced === 1 ? "request went to a model" : "requests went to models"} without a price, and {unpriced === 1 ? "is" : "are"} not in these sums.{" "}
            <Link to="/models" search={{ view: "prices" }} className="font-medium whitespace-nowrap underline">Set a price</Link>
          </span>
        </p>
      )}
    </>
  );
}

function Figure({ name, value, children }: { name: string; value: string; children: ReactNode }) {
  return (
    <div className="bg-panel px-4 py-3.5 sm:px-5">
      <dt className="text-[0.87rem] text-soft">{name}</dt>
      <dd>
        <span className="mt-0.5 block text-[1.45rem] leading-tight font-semibold tracking-tight tabular-nums">{value}</span>
        <span className="mt-0.5 block text-[0.84rem] text-faint wrap-anywhere">{children}</span>
      </dd>
    </div>
  );
}

function Nothing({ ever, set }: { ever: boolean; set: (change: Partial<CostsSearch>) => void }) {
  if (ever) {
    return (
      <Empty
        title="No call is like this"
        action={
          <button type="button" className={buttonClass()} onClick={() => set({ span: "90d", from: undefined, to: undefined, bot: undefined })}>
            Show the last 90 days of all
          </button>
        }
      >
        On these days nothing of this kind asked a model. What does appears here by itself.
      </Empty>
    );
  }
  return (
    <Empty title="Nothing was spent yet" action={<Link to="/models" className={buttonClass("primary")}>Go to the models</Link>}>
      <p>Costs appear here with the first question to a language model. Name a model first; then a bot with an <code>ask</code> step, or a program over the API, may ask it.</p>
      <div className="mt-4 text-left">
        <Code label="Command for the first model" text="codex32 models set fast --use openai/gpt-5-mini" />
      </div>
    </Empty>
  );
}

