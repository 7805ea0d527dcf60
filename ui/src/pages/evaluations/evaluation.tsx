// One evaluation: its variants side by side, and every answer that was wrong.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { api, data, type Schemas } from "../../api/client";
import { evaluationQuery, type Evaluation } from "../../api/evaluations";
import { Button } from "../../components/button";
import { Loading, ProblemCard } from "../../components/feedback";
import { Page, Panel } from "../../components/page";
import { Ago } from "../../components/time";
import { cx } from "../../lib/classes";
import { count } from "../../lib/count";
import { tokens, usd } from "../../lib/money";
import { notify } from "../../lib/notices";
import { lasted } from "../../lib/time";
import { EvaluationState } from ".";
import { Results } from "./results";
import { percent } from "./words";

export function EvaluationView({ id }: { id: string }) {
  const found = useQuery(evaluationQuery(id));
  const shown = found.data;
  return (
    <Page
      wide
      title={shown ? `Evaluation of ${shown.suite}` : "Evaluation"}
      over={
        <>
          <Link to="/evaluations" className="text-accent underline underline-offset-2">Evaluations</Link>
          {shown && <> / <Link to="/evaluations" search={{ suite: shown.suite }} className="text-accent underline underline-offset-2">{shown.suite}</Link></>}
        </>
      }
      about={shown && <About shown={shown} />}
      actions={shown && <Actions shown={shown} />}
    >
      {found.isPending && <Loading what="Reading the evaluation …" />}
      {found.isError && <ProblemCard error={found.error} retry={() => void found.refetch()} />}
      {shown && (
        <div className="grid gap-6">
          {shown.message && <p role="alert" className="rounded-xl border border-bad/40 bg-bad-soft p-4 wrap-anywhere">{shown.message}</p>}
          <Panel title="Compared"><Compared shown={shown} /></Panel>
          <Results id={id} answered={shown.answered} running={shown.state === "running"} />
        </div>
      )}
    </Page>
  );
}

function About({ shown }: { shown: Evaluation }) {
  return (
    <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
      <EvaluationState state={shown.state} />
      <span className="tabular-nums">
        {count(shown.answered)} of {count(shown.total)} {shown.total === 1 ? "question" : "questions"} answered, {usd(shown.cost_usd)} in all, began <Ago time={shown.created_at} />
      </span>
    </p>
  );
}

function Actions({ shown }: { shown: Evaluation }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const params = { path: { id: shown.id } };
  const again = () => client.invalidateQueries({ queryKey: ["evaluations"] });
  const cancel = useMutation({
    mutationFn: () => data(api.POST("/api/v1/evaluations/runs/{id}/cancel", { params })),
    onSuccess: again,
    onError: (error) => notify(error.message, "bad"),
  });
  const remove = useMutation({
    mutationFn: () => data(api.DELETE("/api/v1/evaluations/runs/{id}", { params })),
    onSuccess: async () => {
      notify("The evaluation is removed.");
      await navigate({ to: "/evaluations", search: {} });
      return again();
    },
    onError: (error) => notify(error.message, "bad"),
  });
  if (shown.state === "running") return <Button look="danger" busy={cancel.isPending && "Cancelling …"} onClick={() => cancel.mutate()}>Cancel</Button>;
  return <Button look="danger" busy={remove.isPending && "Removing …"} onClick={() => remove.mutate()}>Remove</Button>;
}

type Figures = Schemas["VariantFigures"];

/** The variants as a table; bars make shares, costs and times comparable at a glance. */
function Compared({ shown }: { shown: Evaluation }) {
  const { figures, repeat } = shown;
  const most = (of: (each: Figures) => number) => Math.max(...figures.map(of), 0) || 1;
  const [cost, time] = [most((each) => each.cost_usd), most((each) => each.p95_ms)];
  const hat = (each: Figures) => each.pass_hat[repeat - 1];
  return (
    <div className="relative overflow-x-auto" tabIndex={0} role="region" aria-label="Variants, as a table">
      <table className="w-full text-[0.92rem] tabular-nums">
        <thead>
          <tr className="text-left text-soft">
            <th scope="col" className="py-1.5 pr-4 font-medium">Variant</th>
            <th scope="col" className="py-1.5 pr-4 font-medium">Right (pass@1)</th>
            {repeat > 1 && <th scope="col" className="py-1.5 pr-4 font-medium">All {repeat} right (pass^{repeat})</th>}
            <th scope="col" className="py-1.5 pr-4 font-medium">Cost of a case</th>
            <th scope="col" className="py-1.5 pr-4 font-medium">Time, half and 95 %</th>
            <th scope="col" className="py-1.5 font-medium">Tokens in, out</th>
          </tr>
        </thead>
        <tbody>
          {figures.map((each) => (
            <tr key={each.variant} className="border-t border-line align-top">
              <th scope="row" className="min-w-32 py-2.5 pr-4 text-left font-medium wrap-anywhere">{each.variant}</th>
              {each.answers === 0 ? (
                <td colSpan={repeat > 1 ? 5 : 4} className="py-2.5 text-soft">No answer yet</td>
              ) : (
                <>
                  <Bar share={each.pass_at_1} tone={shown.fail_under != null && each.pass_at_1 < shown.fail_under ? "bg-bad" : "bg-good"}>
                    {percent(each.pass_at_1)} <span className="text-soft">{count(each.passed)} of {count(each.answers)}</span>
                    {each.errors > 0 && <span className="text-bad">, {count(each.errors)} without an answer</span>}
                  </Bar>
                  {repeat > 1 && (hat(each) === undefined ? <td className="py-2.5 pr-4 text-soft">not yet</td> : <Bar share={hat(each) ?? 0} tone="bg-good">{percent(hat(each) ?? 0)}</Bar>)}
                  <Bar share={each.cost_usd / cost} tone="bg-accent">
                    {usd(each.cost_usd, 6)}
                    {each.judging_usd > 0 && <span className="text-soft"> and {usd(each.judging_usd, 6)} for judges</span>}
                  </Bar>
                  <Bar share={each.p95_ms / time} tone="bg-accent">{lasted(each.p50_ms)}, {lasted(each.p95_ms)}</Bar>
                  <td className="py-2.5 whitespace-nowrap">{tokens(Math.round(each.input_tokens))}, {tokens(Math.round(each.output_tokens))}</td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Bar({ share, tone, children }: { share: number; tone: string; children: ReactNode }) {
  return (
    <td className="min-w-36 py-2.5 pr-4">
      <span className="whitespace-nowrap">{children}</span>
      <span aria-hidden className="mt-1 block h-1.5 rounded-full bg-sunken">
        <span className={cx("block h-full rounded-full", tone)} style={{ width: `${Math.max(share > 0 ? 1 : 0, share * 100)}%` }} />
      </span>
    </td>
  );
}
