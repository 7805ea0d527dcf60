// One step, looked at: what went in, what came out, what went wrong.
import { lazy, Suspense, type ReactNode } from "react";
import type { Schemas } from "../api/client";
import { Badge, StateBadge } from "../components/badge";
import { Loading } from "../components/feedback";
import { exact, took, withTimes } from "../lib/time";
import { JsonTree } from "./json-tree";
import { ModelCalls } from "./model-calls";
import { LargeValue, largeAt } from "./large";
import { isAgent, span, state, type StepNode } from "./tree";

const Transcript = lazy(async () => ({ default: (await import("./transcript")).Transcript }));
const ApprovalOfStep = lazy(async () => ({ default: (await import("../approvals/of-step")).ApprovalOfStep }));

export function StepInspector({ run, node, actions }: { run: Schemas["Run"]; node: StepNode; actions?: ReactNode }) {
  const { step } = node;
  const large = { input: largeAt(run, "input", node.address), output: largeAt(run, "output", node.address) };
  const { from, to } = span(node);
  return (
    <div className="grid min-w-0 gap-4">
      <div>
        <div className="flex flex-wrap items-center gap-2">
          <h2 className="font-mono text-[1rem] wrap-anywhere">{node.label}</h2>
          <StateBadge state={state(node)} />
          {step && step.attempt > 1 && <Badge tone="warn">attempt {step.attempt}</Badge>}
        </div>
        <p className="mt-1 text-[0.86rem] text-soft wrap-anywhere">
          {node.address !== node.label && <code className="mr-2">{node.address}</code>}
          {from && <>began {exact(from)}</>}
          {from && to && to !== from && <>, took {took(from, to)}</>}
          {step?.detail && <>, {withTimes(step.detail)}</>}
        </p>
        {actions && <div className="mt-3 flex flex-wrap gap-2">{actions}</div>}
      </div>
      {!step && <p className="text-soft">{node.label.startsWith("turn") ? "One turn of the agent, with the tools that it used." : "One item of the loop. Its steps are below it."}</p>}
      {step?.error && <StepErrorCard error={step.error} />}
      {step && asksPeople(step) && (
        <Section title="Approval">
          <Suspense fallback={<Loading what="Opening the approval …" />}>
            <ApprovalOfStep run={run.id} address={step.address} />
          </Suspense>
        </Section>
      )}
      {step && isAgent(step) && (
        <Section title="Conversation">
          <Suspense fallback={<Loading what="Opening the conversation …" />}>
            <Transcript run={run} address={step.address} />
          </Suspense>
        </Section>
      )}
      {step && !isAgent(step) && (step.input != null || large.input) && (
        <Section title="Input">
          {large.input ? <LargeValue run={run.id} value={large.input} /> : <JsonTree value={step.input} label={`Input of ${node.address}`} />}
        </Section>
      )}
      {step && (step.output != null || step.state === "succeeded") && (
        <Section title="Output">
          {large.output ? <LargeValue run={run.id} value={large.output} /> : <JsonTree value={step.output ?? null} label={`Output of ${node.address}`} />}
        </Section>
      )}
      {step?.key && <ModelCalls run={run} step={step} />}
      {step && step.logs.length > 0 && (
        <Section title="Logs">
          <Logs lines={step.logs} />
        </Section>
      )}
      {step?.key && (
        <Section title="Idempotency key">
          <p className="text-[0.86rem] text-soft">
            <code className="wrap-anywhere">{step.key}</code>. The other side is told it with every attempt, so that one which knows such keys
            does the thing once.
          </p>
        </Section>
      )}
    </div>
  );
}

/** Whether this is an `approve` step that has asked. */
function asksPeople(step: Schemas["Step"]): boolean {
  return step.detail?.startsWith("for an approval") ?? false;
}

export function StepErrorCard({ error }: { error: Schemas["StepError"] }) {
  return (
    <div className="rounded-lg border border-bad/40 bg-bad-soft p-3">
      <p className="font-medium wrap-anywhere">{error.message}</p>
      <p className="mt-1 text-[0.84rem] text-soft">
        <a className="underline" href={`/docs/errors/${error.code}`} target="_blank" rel="noreferrer">
          <code>{error.code}</code>
        </a>
        {error.status != null && <>, status {error.status}</>}
        {error.attempts > 1 && <>, after {error.attempts} attempts</>}
        {error.step && (
          <>
            , in <code className="wrap-anywhere">{error.step}</code>
          </>
        )}
      </p>
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="min-w-0">
      <h3 className="mb-1.5 text-soft">{title}</h3>
      {children}
    </section>
  );
}

function Logs({ lines }: { lines: Schemas["LogLine"][] }) {
  return (
    <ul className="max-h-72 overflow-auto rounded-lg border border-line bg-sunken px-3 py-2 font-mono text-[0.85rem]" tabIndex={0} aria-label="Log lines">
      {lines.map((line, index) => (
        <li key={index} className="wrap-anywhere whitespace-pre-wrap">
          <span className={line.level === "error" ? "text-bad" : line.level === "warn" ? "text-warn" : "text-faint"}>{line.level}</span> {line.message}
        </li>
      ))}
    </ul>
  );
}
