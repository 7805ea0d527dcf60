// A rehearsal: goes through the steps with a sample; nothing leaves the machine.
import { useMutation } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import { api, ApiError, data, type Schemas } from "../api/client";
import { Button } from "../components/button";
import { ProblemCard } from "../components/feedback";
import { Field, Select, Textarea } from "../components/field";
import { inputFields, sampleInput } from "../flow/inputs";
import { TRIGGER_TITLES, type Flow } from "../flow/model";
import { inputOf, InputsForm, type Typed } from "./inputs-form";
import { TriedResult, type Tried } from "./tried";

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
  // Answers that somebody gave for steps about which nothing is known.
  const [samples, setSamples] = useState<Record<string, unknown>>({});
  const onlyWebhook = flow.triggers.length === 1 && flow.triggers[0]?.kind === "webhook";
  const fields = inputFields(flow);
  const needsData = trigger?.kind === "webhook" || trigger?.kind === "event";
  const sample = JSON.stringify(sampleInput(flow), null, 2);

  const rehearse = useMutation({
    mutationFn: (more: Record<string, unknown>) => {
      const request: Schemas["NewTry"] = { definition: text, samples: more };
      if (trigger) request.trigger = trigger.name;
      if (needsData) {
        const payload = readJson(body ?? sample);
        if (trigger.kind === "webhook") {
          const method = methodOf(trigger.raw.webhook);
          request.request = { method, headers: { "content-type": "application/json" }, body: payload };
        } else request.event = { data: payload };
      } else request.input = inputOf(fields, typed);
      return data(api.POST("/api/v1/tries", { body: request }));
    },
    onSuccess: onTried,
  });

  return (
    <div className="@container">
      <div className="grid gap-x-8 gap-y-4 @4xl:grid-cols-[minmax(20rem,2fr)_minmax(0,3fr)]">
        <form
          className="grid content-start gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            rehearse.mutate(samples);
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
                  {!onlyWebhook && <option value="">By hand</option>}
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
          {rehearse.data && (
            <TriedResult
              tried={rehearse.data}
              flow={flow}
              onSample={(step, output) => {
                const more = { ...samples, [step]: output };
                setSamples(more);
                rehearse.mutate(more);
              }}
            />
          )}
        </div>
      </div>
    </div>
  );
}

export function readJson(text: string): unknown {
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
