// One suite: its cases as a table, and what came of it so far.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Play, Plus } from "lucide-react";
import { useState } from "react";
import { api, data } from "../../api/client";
import { suiteQuery, type Case, type Suite } from "../../api/evaluations";
import { Button } from "../../components/button";
import { Confirm } from "../../components/dialog";
import { Empty, Loading, ProblemCard } from "../../components/feedback";
import { Page, Panel } from "../../components/page";
import { count } from "../../lib/count";
import { notify } from "../../lib/notices";
import { CaseForm } from "./case-form";
import { Evaluate } from "./evaluate";
import { Evaluations } from ".";
import { SuiteText } from "./suite-text";
import { told } from "./words";

type Open = "evaluate" | "text" | "remove" | { index: number | null };

export function SuiteView({ name }: { name: string }) {
  const suite = useQuery(suiteQuery(name));
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const shown = suite.data;
  return (
    <Page
      title={name}
      over={<Link to="/evaluations" className="text-accent underline underline-offset-2">Evaluations</Link>}
      about={shown && <About suite={shown} />}
      actions={
        shown && (
          <>
            <Button look="primary" disabled={shown.cases === 0} onClick={() => setOpen("evaluate")}>
              <Play aria-hidden size={16} /> Evaluate …
            </Button>
            <Button onClick={() => setOpen("text")}>Edit as text</Button>
            <Button look="danger" onClick={() => setOpen("remove")}>Remove …</Button>
          </>
        )
      }
    >
      {suite.isPending && <Loading what="Reading the suite …" />}
      {suite.isError && <ProblemCard error={suite.error} retry={() => void suite.refetch()} />}
      {shown && (
        <div className="grid gap-6">
          <Panel
            title="Cases"
            aside={
              <Button small onClick={() => setOpen({ index: null })}>
                <Plus aria-hidden size={15} /> Add a case
              </Button>
            }
          >
            <Cases cases={shown.definition.cases} onEdit={(index) => setOpen({ index })} />
            {shown.definition.checks && shown.definition.checks.length > 0 && (
              <p className="mt-3 text-[0.9rem] text-soft wrap-anywhere">In every case: {shown.definition.checks.map(told).join("; ")}.</p>
            )}
          </Panel>
          <Evaluations suite={name} />
        </div>
      )}
      {shown && open === "evaluate" && <Evaluate suite={shown} onClose={close} />}
      {shown && open === "text" && <SuiteText title={`Edit ${name}`} suite={shown} onClose={close} />}
      {shown && typeof open === "object" && <CaseForm suite={shown} index={open.index} onClose={close} />}
      {shown && <Remove suite={shown} open={open === "remove"} onClose={close} />}
    </Page>
  );
}

function About({ suite }: { suite: Suite }) {
  const { bot, step, description, version } = suite;
  return (
    <>
      {description && <p>{description}</p>}
      <p>
        {bot ? <>The step <code>{step}</code> of <Link to="/bots/$bot" params={{ bot }} className="underline underline-offset-2">{bot}</Link></> : "A prompt of its own"}, version {version}.
      </p>
    </>
  );
}

function Cases({ cases, onEdit }: { cases: Case[]; onEdit: (index: number) => void }) {
  if (cases.length === 0) {
    return <Empty title="No case yet">A case gives the step what it would see in a run, and says what its answer has to keep.</Empty>;
  }
  return (
    <div className="relative overflow-x-auto" tabIndex={0} role="region" aria-label="Cases, as a table">
      <table className="w-full text-[0.92rem]">
        <thead>
          <tr className="text-left text-soft">
            <th scope="col" className="py-1.5 pr-4 font-medium">Case</th>
            <th scope="col" className="py-1.5 pr-4 font-medium">Sees</th>
            <th scope="col" className="py-1.5 pr-4 font-medium">The answer</th>
            <th scope="col" className="py-1.5"><span className="sr-only">Change it</span></th>
          </tr>
        </thead>
        <tbody>
          {cases.map((each, index) => (
            <tr key={each.name} className="border-t border-line align-top">
              <th scope="row" className="min-w-36 py-2 pr-4 text-left font-medium wrap-anywhere">{each.name}</th>
              <td className="min-w-48 py-2 pr-4 wrap-anywhere"><code className="text-[0.84rem]">{short({ ...each.inputs, ...each.values })}</code></td>
              <td className="min-w-48 py-2 pr-4 wrap-anywhere">{(each.checks ?? []).map(told).join("; ") || <span className="text-soft">nothing of its own</span>}</td>
              <td className="py-1.5 text-right"><Button small aria-label={`Edit ${each.name}`} onClick={() => onEdit(index)}>Edit</Button></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? "";
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function Remove({ suite, open, onClose }: { suite: Suite; open: boolean; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => data(api.DELETE("/api/v1/evaluations/suites/{name}", { params: { path: { name: suite.name } } })),
    onSuccess: async () => {
      notify(`${suite.name} is removed.`);
      await navigate({ to: "/evaluations", search: {} });
      return client.invalidateQueries({ queryKey: ["evaluations"] });
    },
  });
  return (
    <Confirm
      open={open}
      title={`Remove ${suite.name}?`}
      about={`Its ${count(suite.cases)} cases are gone with all their versions; what came of evaluations stays.`}
      action="Remove it"
      busy={remove.isPending && "Removing …"}
      onClose={onClose}
      onConfirm={() => remove.mutate()}
    >
      {remove.isError && <ProblemCard error={remove.error} />}
    </Confirm>
  );
}
