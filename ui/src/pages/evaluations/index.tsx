// Evaluations: how often AI steps are right, with which model and prompt, and at what cost.
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { evaluationsQuery, suitesQuery } from "../../api/evaluations";
import { Badge, type Tone } from "../../components/badge";
import { Button } from "../../components/button";
import { Empty, Loading, ProblemCard } from "../../components/feedback";
import { Page, Panel } from "../../components/page";
import { Ago } from "../../components/time";
import { count } from "../../lib/count";
import { EvaluationView } from "./evaluation";
import { SuiteText } from "./suite-text";
import { SuiteView } from "./suite";
import { percent } from "./words";

export function EvaluationsPage() {
  const { suite, run } = useSearch({ from: "/evaluations" });
  if (run) return <EvaluationView key={run} id={run} />;
  if (suite) return <SuiteView key={suite} name={suite} />;
  return <Overview />;
}

function Overview() {
  const suites = useQuery(suitesQuery);
  const [making, setMaking] = useState(false);
  const make = (
    <Button look="primary" onClick={() => setMaking(true)}>
      <Plus aria-hidden size={17} /> New suite
    </Button>
  );
  return (
    <Page title="Evaluations" about="Suites of cases tell how often an AI step is right: with which model and prompt, how fast, and at what cost." actions={make}>
      {suites.isPending && <Loading what="Reading the suites …" />}
      {suites.isError && <ProblemCard error={suites.error} retry={() => void suites.refetch()} />}
      {suites.data?.length === 0 && (
        <Empty title="No suite yet" action={make}>
          Write cases with known answers, or open the run of a bot and make a case of what its AI step saw and answered.
        </Empty>
      )}
      <div className="grid gap-6">
        {suites.data && suites.data.length > 0 && (
          <ul aria-label="Suites" className="grid gap-3 sm:grid-cols-2 2xl:grid-cols-3">
            {suites.data.map((each) => (
              <li key={each.name} className="min-w-0 rounded-xl border border-line bg-panel p-4">
                <h2>
                  <Link to="/evaluations" search={{ suite: each.name }} className="text-accent underline-offset-2 hover:underline wrap-anywhere">
                    {each.name}
                  </Link>
                </h2>
                {each.description && <p className="mt-1 text-soft wrap-anywhere">{each.description}</p>}
                <p className="mt-2 text-[0.9rem] text-soft wrap-anywhere">
                  {count(each.cases)} {each.cases === 1 ? "case" : "cases"} for {each.bot ? <>the step <code>{each.step}</code> of {each.bot}</> : "a prompt of its own"}, changed <Ago time={each.changed_at} />
                </p>
              </li>
            ))}
          </ul>
        )}
        <Evaluations />
      </div>
      {making && <SuiteText title="New suite" onClose={() => setMaking(false)} />}
    </Page>
  );
}

const STATES: Record<Schemas["EvaluationState"], [string, Tone]> = {
  running: ["Running", "accent"],
  done: ["Done", "good"],
  cancelled: ["Cancelled", "plain"],
  failed: ["Stopped", "bad"],
};

export function EvaluationState({ state }: { state: Schemas["EvaluationState"] }) {
  const [text, tone] = STATES[state];
  return <Badge tone={tone}>{text}</Badge>;
}

/** The evaluations, of one suite or all; nothing where there are none. */
export function Evaluations({ suite }: { suite?: string }) {
  const found = useInfiniteQuery(evaluationsQuery(suite));
  if (found.isError) return <ProblemCard error={found.error} retry={() => void found.refetch()} />;
  const rows = found.data?.pages.flatMap((page) => page.items) ?? [];
  if (rows.length === 0) return null;
  return (
    <Panel title="Evaluations">
      <ul aria-label="Evaluations" className="grid gap-1">
        {rows.map((each) => (
          <li key={each.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line py-2 first:border-t-0">
            <Link to="/evaluations" search={{ run: each.id }} className="min-w-0 text-accent underline-offset-2 hover:underline wrap-anywhere">
              {suite ? <Ago time={each.created_at} /> : each.suite}
            </Link>
            <EvaluationState state={each.state} />
            <span className="text-[0.9rem] text-soft tabular-nums">
              {each.answered > 0 && <>{percent(each.passed / each.answered)} of {count(each.answered)} answers right</>}
              {each.answered < each.total && <>, {count(each.total - each.answered)} to ask</>}
              {!suite && <>, <Ago time={each.created_at} /></>}
            </span>
          </li>
        ))}
      </ul>
      {found.hasNextPage && (
        <Button className="mt-3" busy={found.isFetchingNextPage && "Reading more …"} onClick={() => void found.fetchNextPage()}>
          Show more
        </Button>
      )}
    </Panel>
  );
}
