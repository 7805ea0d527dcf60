// A case, as a form: what the step sees, and what its answer has to keep.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { useState, type FormEvent } from "react";
import { api, data } from "../../api/client";
import { suitesQuery, type Case, type Suite } from "../../api/evaluations";
import { Button, IconButton } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { ProblemCard } from "../../components/feedback";
import { Field, Input, Select, Textarea } from "../../components/field";
import { notify } from "../../lib/notices";
import { fromDraft, KIND_NAMES, KINDS, toDraft, type Draft, type Kind } from "./words";

const HINTS: Record<Kind, string> = {
  exact: "A value as JSON, or a text.",
  contains: "A text; several, one a line.",
  not_contains: "A text; several, one a line.",
  matches: "A regular expression.",
  expression: "Such as answer.items.length <= 5",
  code: "Gets answer and case; returns true, or a text that says what is wrong.",
  judge: "What makes an answer right; a model decides.",
  schema: "A JSON Schema. That of the step is kept in any case.",
};

export function CaseForm({ suite, index, onClose }: { suite: Suite; index: number | null; onClose: () => void }) {
  const client = useQueryClient();
  const before: Case | undefined = index === null ? undefined : suite.definition.cases[index];
  const [name, setName] = useState(before?.name ?? "");
  const [inputs, setInputs] = useState(JSON.stringify(before?.inputs ?? {}, null, 2));
  const [values, setValues] = useState(JSON.stringify(before?.values ?? {}, null, 2));
  const [checks, setChecks] = useState<Draft[]>((before?.checks ?? []).map(toDraft));
  const faults = { inputs: fault(inputs), values: fault(values) };

  const keep = useMutation({
    mutationFn: (cases: Case[]) => {
      const definition = { ...suite.definition, cases };
      return data(api.PUT("/api/v1/evaluations/suites/{name}", { params: { path: { name: suite.name } }, body: { definition, after: suite.version } }));
    },
    onSuccess: async (kept) => {
      client.setQueryData(["evaluations", "suite", kept.name], kept);
      await client.invalidateQueries({ queryKey: suitesQuery.queryKey });
      notify(`${suite.name} is stored, version ${kept.version}.`);
      onClose();
    },
  });
  const others = suite.definition.cases;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (faults.inputs || faults.values) return;
    const made = { ...before, name, inputs: object(inputs), values: object(values), checks: checks.map(fromDraft) } as Case;
    keep.mutate(index === null ? [...others, made] : others.map((each, at) => (at === index ? made : each)));
  };
  const change = (at: number, part: Partial<Draft>) => setChecks(checks.map((each, other) => (other === at ? { ...each, ...part } : each)));

  return (
    <Dialog open wide title={before ? `Edit ${before.name}` : "Add a case"} onClose={onClose}>
      <form onSubmit={submit} className="grid gap-4">
        <Field label="Name">{(ids) => <Input {...ids} required maxLength={200} value={name} onChange={(event) => setName(event.target.value)} />}</Field>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Inputs" hint="What inputs stands for in the prompt, as JSON." error={faults.inputs}>
            {(ids) => <Textarea {...ids} rows={4} className="font-mono text-[0.86rem]" spellCheck={false} value={inputs} onChange={(event) => setInputs(event.target.value)} />}
          </Field>
          <Field label="Other values" hint='The other names in the prompt, such as {"steps": {"fetch": …}}.' error={faults.values}>
            {(ids) => <Textarea {...ids} rows={4} className="font-mono text-[0.86rem]" spellCheck={false} value={values} onChange={(event) => setValues(event.target.value)} />}
          </Field>
        </div>
        <fieldset className="grid gap-3">
          <legend className="mb-1 font-medium">The answer</legend>
          {checks.map((check, at) => (
            <div key={at} className="grid gap-3 rounded-lg border border-line p-3 sm:grid-cols-[10rem_14rem_minmax(0,1fr)_auto]">
              <Field label="Its part" hint="All of it unless set.">
                {(ids) => <Input {...ids} placeholder="label" value={check.at} onChange={(event) => change(at, { at: event.target.value })} />}
              </Field>
              <Field label="Check">
                {(ids) => (
                  <Select {...ids} value={check.kind} onChange={(event) => change(at, { kind: event.target.value as Kind })}>
                    {KINDS.map((kind) => <option key={kind} value={kind}>{KIND_NAMES[kind]}</option>)}
                  </Select>
                )}
              </Field>
              <Field label={check.kind === "judge" ? "Rubric" : "What"} hint={HINTS[check.kind]}>
                {(ids) => <Textarea {...ids} required rows={check.kind === "code" ? 4 : 1} className="font-mono text-[0.86rem]" spellCheck={false} value={check.text} onChange={(event) => change(at, { text: event.target.value })} />}
              </Field>
              <IconButton label={`Remove check ${at + 1}`} className="sm:mt-6" onClick={() => setChecks(checks.filter((_, other) => other !== at))}>
                <X aria-hidden size={16} />
              </IconButton>
              {check.kind === "judge" && (
                <Field label="Judge" hint="A named model; the default unless set." className="sm:col-span-2">
                  {(ids) => <Input {...ids} value={check.model} onChange={(event) => change(at, { model: event.target.value })} />}
                </Field>
              )}
            </div>
          ))}
          <div>
            <Button small onClick={() => setChecks([...checks, { kind: "exact", at: "", text: "", model: "" }])}>
              <Plus aria-hidden size={15} /> Add a check
            </Button>
          </div>
        </fieldset>
        {keep.isError && <ProblemCard error={keep.error} />}
        <div className="flex flex-wrap justify-end gap-2">
          {before && (
            <Button look="danger" className="mr-auto" onClick={() => keep.mutate(others.filter((_, at) => at !== index))}>Remove the case</Button>
          )}
          <Button onClick={onClose}>Leave it</Button>
          <Button look="primary" type="submit" busy={keep.isPending && "Storing it …"}>Store it</Button>
        </div>
      </form>
    </Dialog>
  );
}

function fault(text: string): string | undefined {
  try {
    const read: unknown = JSON.parse(text);
    return read && typeof read === "object" && !Array.isArray(read) ? undefined : "It is an object: {…}";
  } catch (error) {
    return `This is no JSON: ${error instanceof Error ? error.message : "it breaks off"}`;
  }
}

function object(text: string): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}
