// The chosen step or trigger as a form. Every change is a change of the definition's text.
import { useQuery } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, Copy, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import type { Schemas } from "../api/client";
import { connectionsQuery, connectorQuery, connectorsQuery } from "../api/queries";
import { Button, IconButton } from "../components/button";
import { Diagnostics } from "../components/feedback";
import { Field, Select } from "../components/field";
import { copyStep, freeId, insertStep, moveStep, removeStep, renameKey, setValue } from "../flow/edit";
import { StepIcon, TriggerIcon } from "../flow/icons";
import { allSteps, isFields, pathText, TRIGGER_TITLES, type Fields, type Flow, type FlowStep, type FlowTrigger, type Path } from "../flow/model";
import { ValueField } from "./value-field";
import { COMMON, newTrigger, TRIGGER_COMMON, TRIGGER_FIELDS, VERB_FIELDS, type Spec } from "./verbs";

interface FormProps {
  text: string;
  flow: Flow;
  selected: string | undefined;
  diagnostics: Schemas["Diagnostic"][];
  onChange: (text: string) => void;
  onSelect: (id: string | undefined) => void;
}

export function StepForm(props: FormProps) {
  const { flow, selected } = props;
  const trigger = flow.triggers.find((each) => `trigger:${each.name}` === selected);
  const step = trigger ? undefined : [...allSteps([...flow.steps, ...flow.onError])].find((each) => pathText(each.path) === selected);
  if (trigger) return <TriggerForm key={trigger.name} {...props} trigger={trigger} />;
  if (step) return <OneStep key={selected} {...props} step={step} />;
  return <p className="py-4 text-soft">Choose a step or a trigger to change it here. The plus between two steps adds one.</p>;
}

function at(raw: unknown, path: Path): unknown {
  let value = raw;
  for (const key of path) value = isFields(value) ? value[key] : undefined;
  return value;
}

function SpecFields({ specs, raw, path, text, onChange }: { specs: Spec[]; raw: Fields; path: Path } & Pick<FormProps, "text" | "onChange">) {
  return specs.map((spec) => (
    <ValueField
      key={spec.path.join(".")}
      label={spec.label}
      kind={spec.kind}
      hint={spec.hint}
      placeholder={spec.placeholder}
      choices={spec.choices}
      value={at(raw, spec.path)}
      onChange={(value) => onChange(setValue(text, [...path, ...spec.path], spec.choices?.includes("true") && value ? value === "true" : value))}
    />
  ));
}

function OneStep({ step, text, flow, diagnostics, onChange, onSelect }: FormProps & { step: FlowStep }) {
  const own = pathText(step.path);
  const index = step.path.at(-1);
  const sibling = (by: number) => pathText([...step.path.slice(0, -1), Number(index) + by]);
  const change = (next: string, select?: string) => {
    onChange(next);
    onSelect(select);
  };
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <Head icon={<StepIcon step={step} />} title={step.title} place={own}>
        <IconButton label="Move up" disabled={index === 0} onClick={() => change(moveStep(text, step.path, -1), sibling(-1))}>
          <ArrowUp aria-hidden size={16} />
        </IconButton>
        <IconButton label="Move down" onClick={() => change(moveStep(text, step.path, 1), sibling(1))}>
          <ArrowDown aria-hidden size={16} />
        </IconButton>
        <IconButton label="Copy below" onClick={() => change(copyStep(text, step.path), sibling(1))}>
          <Copy aria-hidden size={16} />
        </IconButton>
        <IconButton label="Delete this step" onClick={() => change(removeStep(text, step.path))}>
          <Trash2 aria-hidden size={16} />
        </IconButton>
      </Head>
      <Diagnostics items={diagnostics.filter((item) => item.path === own || item.path.startsWith(`${own}.`))} />
      {step.verb === "do" && <ActionFields step={step} text={text} onChange={onChange} />}
      {step.verb && <SpecFields specs={VERB_FIELDS[step.verb]} raw={step.raw} path={step.path} text={text} onChange={onChange} />}
      <Branches step={step} text={text} onChange={onChange} />
      <details className="rounded-lg border border-line" open={false}>
        <summary className="px-3 py-2 font-medium">Name, conditions, failures</summary>
        <div className="grid gap-4 border-t border-line p-3">
          <SpecFields specs={COMMON} raw={step.raw} path={step.path} text={text} onChange={onChange} />
        </div>
      </details>
      <p className="text-[0.84rem] text-faint">
        Its output is <code>{`steps.${step.id ?? freeId([...allSteps(flow.steps)].map((each) => each.id ?? ""), "id")}`}</code>
        {step.id ? "" : " once it has an id"}.
      </p>
    </div>
  );
}

function Head({ icon, title, place, children }: { icon: ReactNode; title: string; place: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 items-start justify-between gap-2">
      <div className="flex min-w-0 items-center gap-2.5">
        <span className="grid size-8 shrink-0 place-items-center rounded-lg bg-accent-soft text-accent-strong">{icon}</span>
        <div className="min-w-0">
          <h2 className="truncate text-[0.95rem]!">{title}</h2>
          <code className="block truncate text-[0.78rem] text-faint">{place}</code>
        </div>
      </div>
      <div className="flex shrink-0">{children}</div>
    </div>
  );
}

/** The action, its connection and its parameters, from the connector's own description. */
function ActionFields({ step, text, onChange }: { step: FlowStep } & Pick<FormProps, "text" | "onChange">) {
  const action = typeof step.raw.do === "string" ? step.raw.do : "";
  const connector = action.split(".")[0] ?? "";
  const connectors = useQuery(connectorsQuery);
  const known = connectors.data?.some((each) => each.name === connector) ?? false;
  const detail = useQuery({ ...connectorQuery(connector), enabled: known });
  const connections = useQuery(connectionsQuery);
  const found = detail.data?.actions.find((each) => each.name === action);
  const set = (path: Path, value: unknown) => onChange(setValue(text, [...step.path, ...path], value));
  const given = isFields(step.raw.with) ? step.raw.with : {};
  const params = (found?.params ?? {}) as { properties?: Record<string, ParamSchema>; required?: string[] };
  const names = [...new Set([...Object.keys(params.properties ?? {}), ...Object.keys(given)])];
  const required = new Set(params.required);
  names.sort((a, b) => Number(required.has(b)) - Number(required.has(a)));
  const fields = names.map((name) => {
    const schema = params.properties?.[name] ?? {};
    return (
      <ValueField
        key={name}
        label={schema.title ?? name}
        aside={[typeName(schema), required.has(name) ? "" : "optional"].filter(Boolean).join(", ")}
        kind="value"
        hint={schema.description}
        placeholder={schema.default === undefined ? undefined : JSON.stringify(schema.default)}
        suggestions={schema.enum?.map(String) ?? []}
        value={given[name]}
        onChange={(value) => set(["with", name], value)}
      />
    );
  });
  const shown = names.filter((name) => required.has(name) || name in given).length;
  return (
    <>
      <ValueField
        label="Action"
        kind="text"
        hint={found?.description}
        suggestions={connectors.data?.flatMap((each) => each.actions.map((name) => (name.includes(".") ? name : `${each.name}.${name}`))) ?? []}
        value={step.raw.do}
        onChange={(value) => set(["do"], value ?? "")}
      />
      {found?.connection !== "none" && (
        <ValueField
          label="Connection"
          aside={found?.connection === "required" ? "" : "optional"}
          kind="text"
          suggestions={(connections.data ?? []).filter((each) => each.connector === connector).map((each) => each.name)}
          placeholder={connector}
          value={step.raw.connection}
          onChange={(value) => set(["connection"], value)}
        />
      )}
      {fields.slice(0, shown)}
      {fields.length > shown && (
        <details className="rounded-lg border border-line">
          <summary className="px-3 py-2 font-medium">More parameters ({fields.length - shown})</summary>
          <div className="grid gap-4 border-t border-line p-3">{fields.slice(shown)}</div>
        </details>
      )}
    </>
  );
}

interface ParamSchema {
  title?: string;
  type?: string | string[];
  description?: string;
  default?: unknown;
  enum?: unknown[];
}

function typeName({ type }: ParamSchema): string {
  return Array.isArray(type) ? type.join(" or ") : (type ?? "");
}

/** Adds the branches that a block may have besides. */
function Branches({ step, text, onChange }: { step: FlowStep } & Pick<FormProps, "text" | "onChange">) {
  const missing: Record<string, [string, Path][]> = {
    if: [["Otherwise", ["else"]]],
    try: [["If that fails", ["catch"]], ["In any case", ["finally"]]],
    switch: [["Otherwise", ["default"]], ["Another case", ["cases", freeId(step.blocks.map((block) => block.name), "case")]]],
    parallel: [["Another branch", ["parallel", freeId(step.blocks.map((block) => block.name), "branch")]]],
  };
  const offers = (missing[step.verb ?? ""] ?? []).filter(([, path]) => at(step.raw, path) === undefined);
  if (offers.length === 0) return null;
  return (
    <div className="flex flex-wrap gap-2">
      {offers.map(([title, path]) => (
        <Button key={title} small onClick={() => onChange(insertStep(text, [...step.path, ...path], 0, { set: null }))}>
          Add: {title}
        </Button>
      ))}
    </div>
  );
}

const KINDS = ["webhook", "schedule", "every", "once", "event", "manual"];

function TriggerForm({ trigger, text, flow, diagnostics, onChange, onSelect }: FormProps & { trigger: FlowTrigger }) {
  const own = `triggers.${trigger.name}`;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <Head icon={<TriggerIcon kind={trigger.kind} />} title={TRIGGER_TITLES[trigger.kind] ?? trigger.kind} place={own}>
        <IconButton
          label="Delete this trigger"
          onClick={() => {
            onChange(setValue(text, trigger.path, undefined));
            onSelect(undefined);
          }}
        >
          <Trash2 aria-hidden size={16} />
        </IconButton>
      </Head>
      <Diagnostics items={diagnostics.filter((item) => item.path === own || item.path.startsWith(`${own}.`))} />
      <ValueField
        label="Name"
        kind="text"
        value={trigger.name}
        onChange={(value) => {
          if (typeof value !== "string" || flow.triggers.some((each) => each.name === value)) return;
          onChange(renameKey(text, trigger.path, value));
          onSelect(`trigger:${value}`);
        }}
      />
      <Field label="Kind">
        {(ids) => (
          <Select {...ids} value={trigger.kind} onChange={(event) => onChange(setValue(text, trigger.path, newTrigger(event.target.value, flow.bot)))}>
            {[...new Set([...KINDS, trigger.kind])].map((kind) => (
              <option key={kind} value={kind}>
                {TRIGGER_TITLES[kind] ?? kind}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <SpecFields specs={[...(TRIGGER_FIELDS[trigger.kind] ?? []), ...TRIGGER_COMMON]} raw={trigger.raw} path={trigger.path} text={text} onChange={onChange} />
    </div>
  );
}
