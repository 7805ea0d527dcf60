// The costs by bot, model and so on, the dearest first; each leads to where it belongs.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useState, type ReactNode } from "react";
import type { Schemas } from "../../api/client";
import { costsQuery, type Calls } from "../../api/models";
import { Button, buttonClass } from "../../components/button";
import { Loading, ProblemCard } from "../../components/feedback";
import { Panel } from "../../components/page";
import { Tab, Tabs } from "../../components/tabs";
import { cx } from "../../lib/classes";
import { count } from "../../lib/count";
import { digits, tokens, usd } from "../../lib/money";
import type { CostsSearch } from "../../lib/days";

type Cost = Schemas["CostBody"];

const BY = [
  { value: "bot", title: "Bot", none: "Programs over the API" },
  { value: "model", title: "Model", none: "No provider was asked" },
  { value: "name", title: "Asked as", none: "Without a name" },
  { value: "connection", title: "Connection", none: "No provider was asked" },
  { value: "actor", title: "Actor", none: "Nobody" },
  { value: "evaluation", title: "Evaluation", none: "Outside of evaluations" },
  { value: "run", title: "Run", none: "Outside of runs" },
  { value: "step", title: "Step", none: "Outside of runs" },
] as const;

type By = (typeof BY)[number]["value"];

const FIRST = 15;

interface BreakdownProps {
  which: Calls;
  by: string | undefined;
  set: (change: Partial<CostsSearch>) => void;
}

export function Breakdown({ which, by: wanted, set }: BreakdownProps) {
  const by = BY.find(({ value }) => value === wanted)?.value ?? "bot";
  const costs = useQuery({ ...costsQuery(by, which), refetchInterval: 10_000 });
  return (
    <Panel
      title="Where it went"
      aside={
        <a className={buttonClass("plain", true)} href={csv(by, which)} download={`costs-by-${by}-${which.from?.slice(0, 10)}.csv`}>
          <Download aria-hidden size={15} /> Download as CSV
        </a>
      }
    >
      <Tabs label="Costs by" value={by} onChange={(next) => set({ by: next === "bot" ? undefined : next })} tabs={BY.map(({ value, title }) => ({ value, title }))}>
        <Tab value={by} className="pt-3">
          {costs.isPending && <Loading what="Adding up the costs …" />}
          {costs.isError && <ProblemCard error={costs.error} retry={() => void costs.refetch()} />}
          {costs.data && <Table key={by} by={by} costs={costs.data} which={which} set={set} />}
        </Tab>
      </Tabs>
    </Panel>
  );
}

/** The same sums as a table, of the server; in millionths of a dollar, so that its sums are exact. */
function csv(by: string, which: Calls): string {
  const query = Object.entries({ by, ...which, format: "csv" }).filter((each): each is [string, string] => Boolean(each[1]));
  return `/api/v1/costs?${new URLSearchParams(query).toString()}`;
}

function Table({ by, costs, which, set }: { by: By; costs: Cost[]; which: Calls; set: BreakdownProps["set"] }) {
  const [all, setAll] = useState(false);
  const sorted = costs.toSorted((a, b) => b.cost_usd - a.cost_usd || b.calls - a.calls);
  const shown = all ? sorted : sorted.slice(0, FIRST);
  const most = Math.max(...costs.map((cost) => cost.cost_usd), 0);
  const whole = costs.reduce((so, cost) => so + cost.cost_usd, 0);
  const places = digits(costs.map((cost) => cost.cost_usd));
  const { title } = BY.find(({ value }) => value === by) ?? BY[0];
  return (
    <>
      {by === "step" && !which.bot && !which.run && (
        <p className="mb-2 text-[0.87rem] text-soft">Steps of the same name in several bots are one line. Choose a bot above to see its own, or look by run.</p>
      )}
      <table className="w-full table-fixed text-[0.92rem]">
        <thead>
          <tr className="text-left text-[0.84rem] text-soft">
            <th scope="col" className="py-1.5 pr-3 font-medium">{title}</th>
            <th scope="col" className="hidden w-20 px-2 py-1.5 text-right font-medium sm:table-cell">Calls</th>
            <th scope="col" className="hidden w-20 px-2 py-1.5 text-right font-medium lg:table-cell">Failed</th>
            <th scope="col" className="hidden w-24 px-2 py-1.5 text-right font-medium lg:table-cell">Not paid</th>
            <th scope="col" className="hidden w-36 px-2 py-1.5 text-right font-medium md:table-cell">Tokens in, out</th>
            <th scope="col" className="w-26 py-1.5 pl-2 text-right font-medium">Cost</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((cost) => (
            <Line key={cost.of ?? ""} by={by} cost={cost} which={which} set={set} share={most > 0 ? cost.cost_usd / most : 0} of={whole > 0 ? cost.cost_usd / whole : 0} places={places} />
          ))}
        </tbody>
      </table>
      {sorted.length > shown.length && (
        <Button small look="quiet" className="mt-2" onClick={() => setAll(true)}>
          Show all {count(sorted.length)}
        </Button>
      )}
    </>
  );
}

interface LineProps {
  by: By;
  cost: Cost;
  which: Calls;
  set: BreakdownProps["set"];
  /** Of the dearest, and of all. */
  share: number;
  of: number;
  places: number;
}

function Line({ by, cost, which, set, share, of, places }: LineProps) {
  const [open, setOpen] = useState(false);
  const inside = by === "run" && cost.of != null;
  return (
    <>
      <tr className="border-t border-line">
        <th scope="row" className="py-2 pr-3 text-left align-top font-normal">
          <span className="flex min-w-0 flex-wrap items-baseline gap-x-2">
            <Of by={by} of={cost.of ?? null} set={set} />
            {inside && (
              <button type="button" aria-expanded={open} className="text-[0.84rem] text-accent underline underline-offset-2" onClick={() => setOpen(!open)}>
                {open ? "hide its steps" : "its steps"}
              </button>
            )}
          </span>
          <span className="mt-1 block h-1 overflow-hidden rounded-full bg-sunken" title={`${(of * 100).toFixed(1)} % of all`}>
            <span className="block h-full rounded-full bg-accent" style={{ width: `${share * 100}%` }} />
          </span>
          <span className="mt-1 block text-[0.82rem] text-faint sm:hidden">
            {count(cost.calls)} {cost.calls === 1 ? "call" : "calls"}, {tokens(cost.input_tokens)} in, {tokens(cost.output_tokens)} out
          </span>
        </th>
        <Number className="hidden sm:table-cell">{count(cost.calls)}</Number>
        <Number className={cx("hidden lg:table-cell", cost.failed > 0 ? "text-bad" : "text-faint")}>{count(cost.failed)}</Number>
        <Number className={cx("hidden lg:table-cell", cost.hits === 0 && "text-faint")}>{count(cost.hits)}</Number>
        <Number className="hidden text-soft md:table-cell">
          {tokens(cost.input_tokens)}, {tokens(cost.output_tokens)}
        </Number>
        <td className="py-2 pl-2 text-right align-top font-medium tabular-nums">{cost.unpriced > 0 && cost.cost_usd === 0 ? <span className="font-normal text-warn">no price</span> : usd(cost.cost_usd, places)}</td>
      </tr>
      {open && cost.of != null && (
        <tr>
          <td colSpan={6} className="pb-3">
            <RunSteps run={cost.of} which={which} />
          </td>
        </tr>
      )}
    </>
  );
}

function Number({ className, children }: { className: string; children: ReactNode }) {
  return <td className={cx("px-2 py-2 text-right align-top tabular-nums", className)}>{children}</td>;
}

const LINK = "min-w-0 truncate font-medium hover:text-accent hover:underline";

function Of({ by, of, set }: { by: By; of: string | null; set: BreakdownProps["set"] }) {
  if (of === null) return <span className="text-soft">{BY.find(({ value }) => value === by)?.none}</span>;
  switch (by) {
    case "bot":
      return (
        <>
          <Link to="/bots/$bot" params={{ bot: of }} className={LINK}>{of}</Link>
          <button type="button" aria-label={`Calls of ${of}`} className="text-[0.84rem] text-accent underline underline-offset-2" onClick={() => set({ view: "calls", bot: of })}>
            calls
          </button>
        </>
      );
    case "run":
      return <Link to="/runs/$id" params={{ id: of }} className={cx(LINK, "font-mono text-[0.85rem]")}>{of}</Link>;
    case "evaluation":
      return <Link to="/evaluations" search={{ run: of }} className={cx(LINK, "font-mono text-[0.85rem]")}>{of}</Link>;
    case "connection":
      return <Link to="/connections/$name" params={{ name: of }} className={LINK}>{of}</Link>;
    default:
      return <span className={cx("min-w-0 truncate font-medium", (by === "step" || by === "actor") && "font-mono text-[0.85rem]")} title={of}>{of}</span>;
  }
}

/** What the steps of a run cost; each leads to the step in its run. */
function RunSteps({ run, which }: { run: string; which: Calls }) {
  const costs = useQuery(costsQuery("step", { ...which, run }));
  if (costs.isPending) return <Loading what="Adding up its steps …" className="py-1" />;
  if (costs.isError) return <ProblemCard error={costs.error} retry={() => void costs.refetch()} />;
  const places = digits(costs.data.map((cost) => cost.cost_usd));
  return (
    <ul aria-label={`Steps of ${run}`} className="divide-y divide-line rounded-lg bg-sunken px-3">
      {costs.data.toSorted((a, b) => b.cost_usd - a.cost_usd).map((cost) => (
        <li key={cost.of ?? ""} className="flex items-baseline justify-between gap-4 py-1.5 text-[0.88rem]">
          <Link to="/runs/$id" params={{ id: run }} search={{ step: cost.of ?? undefined }} className={cx(LINK, "font-mono text-[0.85rem]")}>
            {cost.of ?? "no step"}
          </Link>
          <span className="shrink-0 text-soft tabular-nums">
            {count(cost.calls)} {cost.calls === 1 ? "call" : "calls"}, <span className="text-ink">{usd(cost.cost_usd, places)}</span>
          </span>
        </li>
      ))}
    </ul>
  );
}
