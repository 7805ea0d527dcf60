// A rehearsal: goes through the steps with a sample; nothing leaves the machine.
import { useMutation } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import { ApiError, data } from "../api/client";
import type { Tried } from "../api/extra";
import { post } from "../api/post";
import { StateBadge } from "../components/badge";
import { Button } from "../components/button";
import { Json } from "../components/code";
import { Diagnostics, ProblemCard } from "../components/feedback";
import { Field, Select, Textarea } from "../components/field";
import { inputFields, sampleInput } from "../flow/inputs";
import { actionTitle, addressKey, allSteps, TRIGGER_TITLES, type Flow, type FlowStep } from "../flow/model";
import { inputOf, InputsForm, show, type Typed } from "./inputs-form";

interface TryProps {
  text: string;
  flow: Flow;
  /** Tells the drawing how each step went. */
  onTried?: (tried: Tried) => void;
}

export function TryPanel({ text, flow, onTried }: TryProps) {
  const [chosen, setChosen] = useState<string>();
  const [typed, setTyped] = useState<Typed>({});
  const [body, setBody] = useState<string>();
  const trigger = flow.triggers.find((each) => each.name === chosen) ?? (chosen === undefined ? flow.triggers[0] : undefined);
  const fields = inputFields(flow);
  const needsData = trigger?.kind === "webhook" || trigger?.kind === "event";
  const sample = JSON.stringify(sampleInput(flow), null, 2);

  const rehearse = useMutation({
    mutationFn: () => {
      const request: Record<string, unknown> = { definition: text };
      if (trigger) request.trigger = trigger.name;
      if (needsData) {
        const payload = readJson(body ?? sample);
        if (trigger.kind === "webhook") request.request = { method: methodOf(trigger.raw.webhook), headers: { "content-type": "application/json" }, body: payload };
        else request.event = { data: payload };
      } else request.input = inputOf(fields, typed);
      return data(post<Tried>("/api/v1/tries", request));
    },
    onSuccess: onTried,
  });

  return (
    <div className="grid gap-4">
      <form
        className="grid content-start gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          rehearse.mutate();
        }}
      >
        {flow.triggers.length > 0 && (
          <Field label="Start as if">
            {(ids) => (
              <Select {...ids} value={trigger?.name ?? ""} onChange={(event) => setChosen(event.target.value)}>
                {flow.triggers.map((each) => (
                  <option key={each.name} value={each.name}>
                    {TRIGGER_TITLES[each.kind] ?? each.kind}: {each.name}
                  </option>
                ))}
                <option value="">By hand</option>
              </Select>
            )}
          </Field>
        )}
        {needsData ? (
          <Field label={trigger.kind === "webhook" ? "Body of the request" : "Data of the event"} hint="JSON">
            {(ids) => (
              <Textarea {...ids} rows={5} spellCheck={false} className="font-mono text-[0.87rem]" value={body ?? sample} onChange={(event) => setBody(event.target.value)} />
            )}
          </Field>
        ) : (
          <InputsForm fields={fields} typed={typed} onChange={setTyped} />
        )}
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
          <Button type="submit" busy={rehearse.isPending && "Trying …"}>
            Try it
          </Button>
          <p className="flex items-center gap-1.5 text-[0.87rem] text-soft">
            <ShieldCheck aria-hidden size={16} className="shrink-0 text-good" /> Nothing leaves this machine.
          </p>
        </div>
      </form>
      <div aria-live="polite" className="min-w-0">
        {rehearse.isError && <ProblemCard error={rehearse.error} />}
        {rehearse.data && <Result tried={rehearse.data} flow={flow} />}
      </div>
    </div>
  );
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ApiError({
      type: "about:blank",
      title: "The sample is not JSON",
      status: 0,
      code: "",
      detail: cause instanceof Error ? cause.message : "",
      help: 'Write it as in `{"total": 1200}`: names in double quotes, no comma at the end.',
      trace_id: "",
    });
  }
}

function methodOf(webhook: unknown): string {
  const method = (webhook as { method?: unknown } | null)?.method;
  return typeof method === "string" && method !== "ANY" ? method : "POST";
}

function Result({ tried, flow }: { tried: Tried; flow: Flow }) {
  const { outside, steps, answer, error } = tried;
  return (
    <div className="grid gap-5">
      <p className="flex flex-wrap items-center gap-2">
        <StateBadge state={tried.state} />
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
          {error.step && <code>{error.step}</code>} {error.message} <code className="text-[0.8rem]">{error.code}</code>
        </p>
      )}
      <Diagnostics items={tried.diagnostics} />
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
      <div>
        <h3 className="mb-2">Step by step</h3>
        <ol className="grid gap-1.5">
          {steps.map((step) => (
            <StepResult key={step.address} step={step} title={titleOf(flow, step.address)} left={outside.some((each) => each.step === step.address)} />
          ))}
        </ol>
      </div>
    </div>
  );
}

function titleOf(flow: Flow, address: string): string {
  const key = addressKey(address);
  for (const step of allSteps([...flow.steps, ...flow.onError]) as Iterable<FlowStep>) if (step.address === key) return step.title;
  return address;
}

function StepResult({ step, title, left }: { step: Tried["steps"][number]; title: string; left: boolean }) {
  return (
    <li>
      <details className="rounded-lg border border-line bg-panel">
        <summary className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
          <span className="min-w-0 flex-1 basis-32 truncate font-medium">{title}</span>
          <code className="max-w-full truncate text-[0.8rem] text-faint">{step.address}</code>
          {left && <span className="text-[0.82rem] text-warn">not sent</span>}
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
