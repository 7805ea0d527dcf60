// What models may cost, how much of it is used, and the form that sets a budget.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { api, data, type Schemas } from "../../api/client";
import { budgetsQuery } from "../../api/models";
import { Badge, type Tone } from "../../components/badge";
import { Button } from "../../components/button";
import { Code } from "../../components/code";
import { Confirm } from "../../components/dialog";
import { Empty, Loading, ProblemCard } from "../../components/feedback";
import { cx } from "../../lib/classes";
import { usd, usdShort } from "../../lib/money";
import { notify } from "../../lib/notices";
import { BudgetForm } from "./budget-form";

export type Budget = Schemas["BudgetBody"];

/** Whose budget it is; `each` where one that is named may have its own. */
export function whose({ scope, subject }: Pick<Budget, "scope" | "subject">): string {
  if (scope === "workspace") return "The workspace";
  if (subject === "*") return scope === "bot" ? "Each bot" : "Each actor";
  return subject;
}

/** The workspace first, then those that are named, then those of each. */
const rank = ({ scope, subject }: Budget) => (scope === "workspace" ? 0 : subject === "*" ? 2 : 1);

const STATES: Record<string, [string, Tone]> = { well: ["Well", "good"], warns: ["Nearly used up", "warn"], used_up: ["Used up", "bad"] };

export function Budgets() {
  const client = useQueryClient();
  const budgets = useQuery({ ...budgetsQuery, refetchInterval: 10_000 });
  const [form, setForm] = useState<Budget | "new">();
  const [removing, setRemoving] = useState<Budget>();
  const remove = useMutation({
    mutationFn: ({ scope, subject, period }: Budget) => data(api.DELETE("/api/v1/budgets", { params: { query: { scope, subject, period } } })),
    onSuccess: () => {
      notify("The budget is removed.");
      setRemoving(undefined);
      return client.invalidateQueries({ queryKey: budgetsQuery.queryKey });
    },
  });
  const add = (
    <Button look="primary" onClick={() => setForm("new")}>
      <Plus aria-hidden size={17} /> Set a budget
    </Button>
  );
  return (
    <>
      {budgets.isPending && <Loading what="Reading the budgets …" />}
      {budgets.isError && <ProblemCard error={budgets.error} retry={() => void budgets.refetch()} />}
      {budgets.data?.length === 0 && (
        <Empty title="Nothing bounds what models cost" action={add}>
          <p>A budget of a day or a month refuses the call that could go over it, before anything is sent. Begin with one for the workspace.</p>
          <div className="mt-4 text-left">
            <Code label="Command for a budget" text="codex32 models budget set month 50" />
          </div>
        </Empty>
      )}
      {budgets.data && budgets.data.length > 0 && (
        <>
          <div className="mb-4 flex flex-wrap items-center justify-between gap-3">
            <p className="max-w-[70ch] text-soft">
              Before a call, the most that it can cost is reserved; what is more than a budget has left is refused. Days and months begin at
              midnight UTC.
            </p>
            {add}
          </div>
          <ul aria-label="Budgets" className="grid gap-4 md:grid-cols-2 2xl:grid-cols-3">
            {budgets.data.toSorted((a, b) => rank(a) - rank(b)).map((budget) => (
              <Card key={`${budget.scope} ${budget.subject} ${budget.period}`} budget={budget} onChange={() => setForm(budget)} onRemove={() => setRemoving(budget)} />
            ))}
          </ul>
        </>
      )}
      {form && <BudgetForm budget={form === "new" ? undefined : form} known={budgets.data ?? []} onClose={() => setForm(undefined)} />}
      <Confirm
        open={removing !== undefined}
        title="Remove this budget?"
        about={removing && `${whose(removing)}: from now on nothing of this kind bounds a ${removing.period}. What was spent stays in the sums.`}
        action="Remove it"
        busy={remove.isPending && "Removing …"}
        onClose={() => setRemoving(undefined)}
        onConfirm={() => removing && remove.mutate(removing)}
      >
        {remove.isError && <ProblemCard error={remove.error} />}
      </Confirm>
    </>
  );
}

interface CardProps {
  budget: Budget;
  onChange: () => void;
  onRemove: () => void;
}

function Card({ budget, onChange, onRemove }: CardProps) {
  const { scope, subject, period, limit_usd: limit, spent_usd: spent, reserved_usd: reserved } = budget;
  const each = subject === "*";
  const [word, tone] = STATES[budget.state] ?? [budget.state, "plain"];
  const name = whose(budget);
  const called = `${name} by ${period}`;
  return (
    <li className="grid content-start gap-3 rounded-xl border border-line bg-panel p-4">
      <div className="flex items-start justify-between gap-3">
        <div className="min-w-0">
          <h2 className="wrap-anywhere">
            {scope === "bot" && !each ? <Link to="/bots/$bot" params={{ bot: subject }} className="hover:text-accent hover:underline">{name}</Link> : name}
          </h2>
          <p className="text-[0.87rem] text-soft">{scope === "workspace" ? "" : each ? "that has none of its own, " : `a ${scope}, `}by {period}</p>
        </div>
        {!each && <Badge tone={tone}>{word}</Badge>}
      </div>
      {each ? (
        <div>
          <p className="text-[1.2rem] font-semibold tabular-nums">{usdShort(limit)}<span className="text-[0.9rem] font-normal text-soft"> each</span></p>
          <p className="mt-1.5 text-[0.84rem]"><Warns budget={budget} /></p>
        </div>
      ) : (
        <>
          <p className="tabular-nums">
            <span className="text-[1.2rem] font-semibold">{usd(spent)}</span> <span className="text-soft">of {usdShort(limit)} spent</span>
            {reserved > 0 && <span className="block text-[0.87rem] text-soft">{usd(reserved)} more reserved by calls under way</span>}
          </p>
          <Bar budget={budget} />
        </>
      )}
      <div className="flex gap-1">
        <Button small aria-label={`Change the budget: ${called}`} onClick={onChange}>Change</Button>
        <Button small look="quiet" aria-label={`Remove the budget: ${called}`} onClick={onRemove}>Remove …</Button>
      </div>
    </li>
  );
}

function Warns({ budget: { limit_usd: limit, warn_percent: warn } }: { budget: Budget }) {
  return <span className="text-faint tabular-nums">warns from {warn} % on, {usdShort((limit * warn) / 100)}</span>;
}

const FILLS: Record<string, string> = { well: "bg-accent", warns: "bg-warn", used_up: "bg-bad" };

/** How much is spent and reserved, with a mark where it begins to warn. */
function Bar({ budget }: { budget: Budget }) {
  const { limit_usd: limit, spent_usd: spent, reserved_usd: reserved, warn_percent: warn, state } = budget;
  const share = (amount: number) => (limit > 0 ? Math.min(100, (amount / limit) * 100) : 100);
  const used = share(spent);
  const held = Math.min(100 - used, share(reserved));
  const percent = limit > 0 ? (spent / limit) * 100 : 100;
  const spoken = percent > 0 && percent < 1 ? "less than 1 % spent" : `${Math.round(percent)} % spent`;
  return (
    <div>
      <div
        role="meter"
        aria-label={`Used: ${whose(budget)} by ${budget.period}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(used)}
        aria-valuetext={spoken}
        className="relative flex h-2.5 rounded-full border border-edge/40 bg-sunken"
      >
        <span className={cx("h-full rounded-l-full", used >= 99.5 && "rounded-r-full", FILLS[state] ?? "bg-accent")} style={{ width: `${used}%` }} />
        <span className={cx("h-full opacity-40", FILLS[state] ?? "bg-accent")} style={{ width: `${held}%` }} />
        <span aria-hidden className="absolute -top-1 h-4.25 w-0.5 rounded bg-edge" style={{ left: `${warn}%` }} title={`warns from ${warn} % on`} />
      </div>
      <p className="mt-1.5 flex flex-wrap justify-between gap-x-4 text-[0.84rem] text-soft tabular-nums">
        <span>{spoken}</span>
        <Warns budget={budget} />
      </p>
    </div>
  );
}
