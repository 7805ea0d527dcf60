// One run: its steps on a time line, the step that is looked at, and what can be done with it.
import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Ban, FlaskConical, Play, RotateCcw } from "lucide-react";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import type { Schemas } from "../../api/client";
import { queryClient } from "../../api/queries";
import { StateBadge } from "../../components/badge";
import { Button } from "../../components/button";
import { Code } from "../../components/code";
import { Confirm, Dialog } from "../../components/dialog";
import { Empty, Loading, ProblemCard } from "../../components/feedback";
import { Page, Panel } from "../../components/page";
import { Ago } from "../../components/time";
import { notify } from "../../lib/notices";
import { exact, took, withTimes } from "../../lib/time";
import { JsonTree } from "../../steps/json-tree";
import { RunSteps } from "../../steps/run-steps";
import { LargeValue, largeAt } from "../../steps/large";
import { StepErrorCard, StepInspector } from "../../steps/step-inspector";
import { asksModel, tree, type StepNode } from "../../steps/tree";
import { AgainDialog, RetryDialog } from "./again";
import { cancelRun, hasEnded, useRun } from "./use-run";
import { count } from "../../lib/count";

type Run = Schemas["Run"];

const MakeCase = lazy(async () => ({ default: (await import("../../steps/make-case")).MakeCase }));

export function RunPage() {
  const { id } = useParams({ from: "/runs/$id" });
  const { run, line, error, refetch } = useRun(id);
  if (!run) {
    return (
      <Page title="Run" over={<Link to="/runs">Runs</Link>}>
        {error ? <ProblemCard error={error} retry={() => void refetch()} /> : <Loading what="Reading the run …" />}
      </Page>
    );
  }
  // A run by another id begins anew: nothing that was chosen belongs to it.
  return <RunView key={run.id} run={run} line={line} />;
}

function RunView({ run, line }: { run: Run; line: "live" | "broken" | null }) {
  // Whoever came for a step, such as from its cost, sees that one.
  const wanted = useSearch({ from: "/runs/$id" }).step ?? null;
  const [chosen, setChosen] = useState<string | null>(wanted);
  const [sheet, setSheet] = useState(wanted !== null);
  const [retryFrom, setRetryFrom] = useState<string | null | undefined>(undefined);
  const [caseOf, setCaseOf] = useState<Schemas["Step"] | null>(null);
  const [again, setAgain] = useState(false);
  const [cancelling, setCancelling] = useState(false);
  const wide = useWide();
  const failed = run.error?.step ?? null;
  const nodes = useMemo(() => byAddress(tree(run.steps)), [run.steps]);
  // Until somebody chooses: the step that failed, else the first.
  const selected = (chosen && nodes.has(chosen) ? chosen : null) ?? (failed && nodes.has(failed) ? failed : (run.steps[0]?.address ?? null));
  const node = selected ? nodes.get(selected) : undefined;
  const ended = hasEnded(run);
  const select = (address: string) => {
    setChosen(address);
    if (!wide) setSheet(true);
  };
  const stepActions = node?.step && ((ended && !node.address.startsWith("on_error/")) || asksModel(node.step)) && (
    <>
      {ended && !node.address.startsWith("on_error/") && (
        <Button small onClick={() => setRetryFrom(node.address)}>
          <RotateCcw aria-hidden size={15} /> Retry from here
        </Button>
      )}
      {asksModel(node.step) && (
        <Button small onClick={() => setCaseOf(node.step)}>
          <FlaskConical aria-hidden size={15} /> Make a case of this
        </Button>
      )}
    </>
  );
  return (
    <Page
      wide
      title={run.bot}
      over={
        <>
          <Link to="/runs" className="hover:underline">Runs</Link> <span aria-hidden>/</span> <code className="wrap-anywhere">{run.id}</code>
        </>
      }
      about={<Facts run={run} line={line} />}
      actions={
        <>
          {ended ? (
            <Button onClick={() => setRetryFrom(failed)}>
              <RotateCcw aria-hidden size={16} /> {failed ? "Retry from the failed step" : "Retry"}
            </Button>
          ) : (
            <Button look="danger" onClick={() => setCancelling(true)}>
              <Ban aria-hidden size={16} /> Cancel
            </Button>
          )}
          <Button onClick={() => setAgain(true)}>
            <Play aria-hidden size={16} /> Run again with this input
          </Button>
        </>
      }
    >
      <div className="grid gap-5">
        {run.error && !(wide && node?.step?.error) && <StepErrorCard error={run.error} />}
        {run.reason && !run.error && <p className="text-soft wrap-anywhere">{ended ? "Why it ended" : "Why it waits"}: {withTimes(run.reason)}</p>}
        <div className="grid items-start gap-5 xl:grid-cols-[minmax(0,3fr)_minmax(24rem,2fr)]">
          <Panel
            title="Steps"
            className="!p-2 sm:!p-3 [&>div:first-child]:px-2 [&>div:first-child]:pt-1"
            aside={<span className="text-[0.86rem] text-soft">{count(run.steps.length)} {run.steps.length === 1 ? "step" : "steps"}</span>}
          >
            {run.steps.length > 0 ? (
              <RunSteps
                label={`Steps of ${run.bot}`}
                steps={run.steps}
                selected={selected}
                onSelect={select}
                over={{ from: run.created_at, to: run.ended_at ?? null }}
              />
            ) : (
              <Empty title={ended ? "No step was done" : "No step has begun yet"}>
                {run.state === "queued" ? "The run waits for a free place. It begins by itself." : "Steps appear here as they begin."}
              </Empty>
            )}
          </Panel>
          {wide && node && (
            <Panel className="sticky top-5 max-h-[calc(100dvh-2.5rem)] overflow-y-auto">
              <StepInspector key={node.address} run={run} node={node} actions={stepActions} />
            </Panel>
          )}
        </div>
        <div className="grid gap-5 lg:grid-cols-2">
          <Panel title="Input of the run"><Value run={run} field="input" /></Panel>
          {(run.state === "succeeded" || run.output != null || largeAt(run, "output")) && <Panel title="Output of the run"><Value run={run} field="output" /></Panel>}
          {run.answer && <Answer answer={run.answer} />}
        </div>
      </div>
      {!wide && node && (
        <Dialog title={`Step ${node.label}`} open={sheet} onClose={() => setSheet(false)} wide>
          <StepInspector key={node.address} run={run} node={node} actions={stepActions} />
        </Dialog>
      )}
      {retryFrom !== undefined && <RetryDialog run={run} from={retryFrom} onClose={() => setRetryFrom(undefined)} />}
      {caseOf && (
        <Suspense>
          <MakeCase run={run} step={caseOf} onClose={() => setCaseOf(null)} />
        </Suspense>
      )}
      {again && <AgainDialog run={run} onClose={() => setAgain(false)} />}
      <CancelDialog run={run} open={cancelling && !ended} onClose={() => setCancelling(false)} />
    </Page>
  );
}

function Value({ run, field }: { run: Run; field: "input" | "output" }) {
  const large = largeAt(run, field);
  return large ? <LargeValue run={run.id} value={large} /> : <JsonTree value={run[field]} label={`${field === "input" ? "Input" : "Output"} of the run`} />;
}

function Facts({ run, line }: { run: Run; line: "live" | "broken" | null }) {
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-[0.92rem]">
      <StateBadge state={run.state} />
      {line === "live" && <span role="status">following live</span>}
      {line === "broken" && <span role="status" className="text-warn">The line to the server is down; trying again. Nothing is lost.</span>}
      <span title={exact(run.created_at)}>began <Ago time={run.created_at} /></span>
      {run.ended_at && <span>took {took(run.created_at, run.ended_at)}</span>}
      <span>
        version{" "}
        <Link to="/bots/$bot" params={{ bot: run.bot }} search={{ tab: "definition", version: run.version }} className="text-accent underline">
          {run.version}
        </Link>{" "}
        of{" "}
        <Link to="/bots/$bot" params={{ bot: run.bot }} className="text-accent underline">
          {run.bot}
        </Link>
      </span>
      <span>{run.trigger ? <>started by <code>{run.trigger}</code></> : run.parent ? "started by another bot" : run.retry_of ? "a retry" : "started by hand"}</span>
      {run.retry_of && (
        <Link to="/runs/$id" params={{ id: run.retry_of }} className="text-accent underline">
          the run that it repeats
        </Link>
      )}
      {run.parent && (
        <Link to="/runs/$id" params={{ id: run.parent }} className="text-accent underline">
          the run that called it
        </Link>
      )}
    </div>
  );
}

function Answer({ answer }: { answer: Schemas["HookAnswer"] }) {
  const body = answer.body;
  return (
    <Panel title="Answer to the webhook" aside={<code>{answer.status}</code>}>
      {typeof body === "string" ? <Code text={body || "(empty)"} label="Answer to the webhook" /> : <JsonTree value={body} label="Answer to the webhook" />}
    </Panel>
  );
}

function CancelDialog({ run, open, onClose }: { run: Run; open: boolean; onClose: () => void }) {
  const navigate = useNavigate();
  const cancel = useMutation({
    mutationFn: () => cancelRun(run.id),
    onSuccess: () => {
      onClose();
      notify("The run is being cancelled; it ends within ten seconds.");
      void queryClient.invalidateQueries({ queryKey: ["runs"] });
      void navigate({ to: "/runs/$id", params: { id: run.id } });
    },
  });
  return (
    <Confirm
      title="Cancel this run?"
      about="What is done stays done. A step that is on its way is given up, and may or may not have reached the other side. Steps under `finally` still run."
      action="Cancel the run"
      busy={cancel.isPending && "Cancelling …"}
      open={open}
      onClose={onClose}
      onConfirm={() => cancel.mutate()}
    >
      {cancel.error && <ProblemCard error={cancel.error} />}
    </Confirm>
  );
}

function byAddress(roots: StepNode[]): Map<string, StepNode> {
  const found = new Map<string, StepNode>();
  const walk = (nodes: StepNode[]) => {
    for (const node of nodes) {
      found.set(node.address, node);
      walk(node.children);
    }
  };
  walk(roots);
  return found;
}

/** Whether the inspector has room beside the steps. */
function useWide(): boolean {
  const query = useMemo(() => matchMedia("(min-width: 80rem)"), []);
  const [wide, setWide] = useState(query.matches);
  useEffect(() => {
    const onChange = () => setWide(query.matches);
    query.addEventListener("change", onChange);
    return () => query.removeEventListener("change", onChange);
  }, [query]);
  return wide;
}
