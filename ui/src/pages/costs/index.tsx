// What language models cost: where the money went, what bounds it, and every call.
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { Page } from "../../components/page";
import { Tab, Tabs } from "../../components/tabs";
import { Budgets } from "./budgets";
import { Calls } from "./calls";
import { Filter } from "./filter";
import { spanOf, type CostsSearch } from "../../lib/days";
import { Spending } from "./spending";

const VIEWS = [
  { value: "spending", title: "Spending" },
  { value: "budgets", title: "Budgets" },
  { value: "calls", title: "Calls" },
] as const;

export function CostsPage() {
  const search = useSearch({ from: "/costs" }) as CostsSearch;
  const navigate = useNavigate({ from: "/costs" });
  const set = (change: Partial<CostsSearch>) => void navigate({ search: (before: CostsSearch) => ({ ...before, ...change }), replace: true });
  const { view = "spending", span, from, to, bot, run } = search;
  // The days stay the same while the page is looked at, so that answers are found again.
  const [now] = useState(() => Date.now());
  const days = useMemo(() => spanOf({ span, from, to }, now), [span, from, to, now]);
  const filter = <Filter search={search} set={set} withRun={view === "calls"} />;
  return (
    <Page wide title="Costs" about="What language models cost, counted from every request to a provider. Days begin at midnight UTC.">
      <Tabs
        label="Spending, budgets and calls"
        value={view}
        onChange={(next) => set({ view: next === "spending" ? undefined : next })}
        tabs={[...VIEWS]}
      >
        <Tab value="spending" className="pt-5">
          {filter}
          <Spending span={days} bot={bot} by={search.by} set={set} now={now} />
        </Tab>
        <Tab value="budgets" className="pt-5">
          <Budgets />
        </Tab>
        <Tab value="calls" className="pt-5">
          {filter}
          <Calls which={{ from: days.from, to: days.to, bot, run }} set={set} />
        </Tab>
      </Tabs>
    </Page>
  );
}
