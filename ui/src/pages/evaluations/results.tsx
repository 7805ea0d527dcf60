// What came of the questions: the wrong answers first, each with why it is wrong.
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Schemas } from "../../api/client";
import { resultsQuery } from "../../api/evaluations";
import { Badge } from "../../components/badge";
import { Button } from "../../components/button";
import { Code, Json } from "../../components/code";
import { Empty, Loading, ProblemCard } from "../../components/feedback";
import { Select } from "../../components/field";
import { Panel } from "../../components/page";
import { count } from "../../lib/count";
import { usd } from "../../lib/money";
import { lasted } from "../../lib/time";

type Result = Schemas["EvaluationResult"];

export function Results({ id, answered, running }: { id: string; answered: number; running: boolean }) {
  const [verdict, setVerdict] = useState("wrong");
  const found = useInfiniteQuery({ ...resultsQuery(id, verdict, answered), placeholderData: (before) => before });
  const rows = found.data?.pages.flatMap((page) => page.items) ?? [];
  const choose = (
    <Select aria-label="Which answers" className="!w-auto" value={verdict} onChange={(event) => setVerdict(event.target.value)}>
      <option value="wrong">Wrong, or none</option>
      <option value="passed">Right</option>
      <option value="">All</option>
    </Select>
  );
  return (
    <Panel title="Answers" aside={choose}>
      {found.isPending && <Loading what="Reading the answers …" />}
      {found.isError && <ProblemCard error={found.error} retry={() => void found.refetch()} />}
      {found.data && rows.length === 0 && (
        <Empty title={verdict === "wrong" ? "Nothing is wrong" : "No such answer"}>{running ? "More answers are on their way." : verdict === "wrong" ? "Every answer keeps all of its checks." : "Choose others above."}</Empty>
      )}
      <ul aria-label="Answers" className="grid gap-2">
        {rows.map((each) => (
          <li key={`${each.variant} ${each.case} ${each.repeat}`}>
            <Answer result={each} />
          </li>
        ))}
      </ul>
      {found.hasNextPage && (
        <Button className="mt-3" busy={found.isFetchingNextPage && "Reading more …"} onClick={() => void found.fetchNextPage()}>Show more</Button>
      )}
    </Panel>
  );
}

function Answer({ result }: { result: Result }) {
  const [open, setOpen] = useState(false);
  const name = `${result.case}, ${result.variant}${result.repeat > 1 ? `, ${result.repeat}` : ""}`;
  return (
    <div className="min-w-0 rounded-lg border border-line px-3 py-2.5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <button type="button" aria-expanded={open} className="min-w-0 text-left font-medium underline decoration-edge/60 underline-offset-2 hover:text-accent wrap-anywhere" onClick={() => setOpen(!open)}>
          {name}
        </button>
        <Badge tone={result.verdict === "passed" ? "good" : "bad"}>{result.verdict === "passed" ? "Right" : result.verdict === "failed" ? "Wrong" : "No answer"}</Badge>
        <span className="text-[0.86rem] text-soft tabular-nums">
          {usd(result.cost_usd)}, {lasted(result.duration_ms)}, {count(result.input_tokens)} tokens in, {count(result.output_tokens)} out
        </span>
      </div>
      {result.faults.length > 0 && (
        <ul className="mt-1.5 grid gap-0.5 text-[0.92rem]">
          {result.faults.map((fault, index) => (
            <li key={index} className="wrap-anywhere"><code>{fault.check}</code> {fault.reason}</li>
          ))}
        </ul>
      )}
      {open && (
        <div className="mt-3 grid gap-3 lg:grid-cols-2">
          <Part title="Asked">{result.prompt == null ? <p className="text-soft">It was sealed with a key that is gone.</p> : <Code text={result.prompt} label={`What was asked: ${name}`} />}</Part>
          <Part title="Answered">{result.answer == null ? <p className="text-soft">Nothing.</p> : <Json value={result.answer} label={`What was answered: ${name}`} />}</Part>
          {result.uses.length > 0 && <Part title="Tools used"><Json value={result.uses} label={`Tools used: ${name}`} /></Part>}
        </div>
      )}
    </div>
  );
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section className="min-w-0">
      <h3 className="mb-1 text-soft">{title}</h3>
      {children}
    </section>
  );
}
