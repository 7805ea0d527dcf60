// What a rehearsal came to: what would have left the machine, and each step.
import { useState } from "react";
import type { Schemas } from "../api/client";
import { StateBadge } from "../components/badge";
import { Button } from "../components/button";
import { Json } from "../components/code";
import { Diagnostics } from "../components/feedback";
import { Field, Textarea } from "../components/field";
import { Inline } from "../components/markdown";
import { actionTitle, addressKey, allSteps, type Flow, type FlowStep } from "../flow/model";
import { show } from "./inputs-form";

export type Tried = Schemas["Tried"];

interface ResultProps {
  tried: Tried;
  flow: Flow;
  /** A sample for the step at which the rehearsal stopped. */
  onSample: (step: string, output: unknown) => void;
}

/** What a rehearsal came to. */
export function TriedResult({ tried, flow, onSample }: ResultProps) {
  const { steps, answer, error, needs } = tried;
  const outside = tried.outside.filter((each) => each.writes);
  const { events } = tried;
  return (
    <div className="grid gap-5">
      <p className="flex flex-wrap items-center gap-2">
        {tried.state && <StateBadge state={tried.state} />}
        {!tried.wanted && <span>The condition of the trigger says no: no run would start.</span>}
        <span className="text-soft">
          {outside.length === 0
            ? "Nothing would have left this machine."
            : outside.length === 1
              ? "One thing would have left this machine."
              : `${outside.length} things would have left this machine.`}
        </span>
      </p>
      {error && (
        <p className="rounded-lg bg-bad-soft px-3 py-2 wrap-anywhere text-bad">
          {error.step && <code>{error.step}</code>} <Inline text={error.message} /> <code className="text-[0.8rem]">{error.code}</code>
        </p>
      )}
      <Diagnostics items={tried.diagnostics} />
      {needs && <Need key={needs.step} needs={needs} title={titleOf(flow, needs.step)} onSample={onSample} />}
      {outside.length > 0 && (
        <div>
          <h3 className="mb-2">What would have left</h3>
          <ul className="grid gap-3">
            {outside.map((each, index) => (
              <li key={index} className="rounded-lg border border-line p-3">
                <p className="mb-2 flex flex-wrap items-baseline justify-between gap-2">
                  <span className="font-medium">{actionTitle(each.action)}</span>
                  <code className="text-[0.8rem] text-faint wrap-anywhere">{each.step}</code>
                </p>
                <Parameters value={each.with} />
              </li>
            ))}
          </ul>
        </div>
      )}
      {events.length > 0 && (
        <div>
          <h3 className="mb-2">Events it would emit</h3>
          <ul className="grid gap-2">
            {events.map((each, index) => (
              <li key={index}>
                <p className="mb-1 font-medium">{each.name}</p>
                <Json label={`Data of ${each.name}`} value={each.data} />
              </li>
            ))}
          </ul>
        </div>
      )}
      {answer && (
        <div>
          <h3 className="mb-2">The caller would be answered</h3>
          <p className="mb-1.5 text-soft">Status {answer.status}</p>
          {answer.body !== null && answer.body !== undefined && <Json label="Answer" value={answer.body} />}
        </div>
      )}
      {tried.output !== null && tried.output !== undefined && (
        <div>
          <h3 className="mb-2">Output</h3>
          <Json label="Output" value={tried.output} />
        </div>
      )}
      {steps.length > 0 && (
        <div>
          <h3 className="mb-2">Step by step</h3>
          <ol className="grid gap-1.5">
            {steps.map((step) => (
              <StepResult key={step.address} step={step} title={titleOf(flow, step.address)} />
            ))}
          </ol>
        </div>
      )}
    </div>
  );
}

function Need({ needs, title, onSample }: { needs: Schemas["Needed"]; title: string; onSample: ResultProps["onSample"] }) {
  const [typed, setTyped] = useState("");
  const [wrong, setWrong] = useState("");
  return (
    <form
      className="grid gap-3 rounded-lg border border-warn/50 bg-warn-soft p-3"
      onSubmit={(event) => {
        event.preventDefault();
        try {
          onSample(needs.step, JSON.parse(typed) as unknown);
        } catch {
          setWrong("This is not JSON: write text in double quotes, or an object such as {\"ok\": true}.");
        }
      }}
    >
      <p className="wrap-anywhere">
        It stopped at <strong>{title}</strong>: {needs.why}
      </p>
      <Field label="What should it give in this try?" hint="JSON" error={wrong}>
        {(ids) => <Textarea {...ids} rows={3} required spellCheck={false} className="font-mono text-[0.87rem]" value={typed} onChange={(event) => (setTyped(event.target.value), setWrong(""))} />}
      </Field>
      <div>
        <Button type="submit">Try on with this</Button>
      </div>
    </form>
  );
}

const ANSWERED: Record<string, string> = { sample: "your sample", example: "an example", shown: "not sent", made_up: "something made up" };

function titleOf(flow: Flow, address: string): string {
  const key = addressKey(address);
  for (const step of allSteps([...flow.steps, ...flow.onError]) as Iterable<FlowStep>) if (step.address === key) return step.title;
  return address;
}

function StepResult({ step, title }: { step: Tried["steps"][number]; title: string }) {
  return (
    <li>
      <details className="rounded-lg border border-line bg-panel">
        <summary className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
          <span className="min-w-0 flex-1 basis-32 truncate font-medium">{title}</span>
          <code className="max-w-full truncate text-[0.8rem] text-faint">{step.address}</code>
          {step.answered_by && <span className="text-[0.82rem] text-warn">{ANSWERED[step.answered_by] ?? step.answered_by}</span>}
          {step.detail && <span className="text-[0.82rem] text-soft wrap-anywhere">{step.detail}</span>}
          <StateBadge state={step.state} />
        </summary>
        <div className="grid gap-3 border-t border-line p-3">
          {step.error && <p className="text-bad wrap-anywhere">{step.error.message}</p>}
          {step.input !== null && step.input !== undefined && (
            <div>
              <p className="mb-1 text-[0.85rem] text-soft">Input</p>
              <Json label={`Input of ${step.address}`} value={step.input} />
            </div>
          )}
          <div>
            <p className="mb-1 text-[0.85rem] text-soft">Output</p>
            <Json label={`Output of ${step.address}`} value={step.output} />
          </div>
          {step.logs.map((line, index) => (
            <p key={index} className="font-mono text-[0.85rem] wrap-anywhere">
              {line.level}: {line.message}
            </p>
          ))}
        </div>
      </details>
    </li>
  );
}

/** Parameters of an action, one a line, as somebody would read a message before sending it. */
function Parameters({ value }: { value: unknown }) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return <Json label="Parameters" value={value} />;
  return (
    <dl className="grid gap-x-4 gap-y-1.5 text-[0.92rem] sm:grid-cols-[minmax(5rem,auto)_1fr]">
      {Object.entries(value).map(([name, each]) => (
        <div key={name} className="contents">
          <dt className="text-soft">{name}</dt>
          <dd className="min-w-0 whitespace-pre-wrap wrap-anywhere">{show(each)}</dd>
        </div>
      ))}
    </dl>
  );
}
