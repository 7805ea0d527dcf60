// What prompts may hold when they leave, where they may go, and whether they are kept.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, type Schemas } from "../../api/client";
import { modelSettingsQuery } from "../../api/models";
import { Button } from "../../components/button";
import { Loading, ProblemCard } from "../../components/feedback";
import { Field, Select, Textarea } from "../../components/field";
import { Panel } from "../../components/page";
import { notify } from "../../lib/notices";

export function Settings() {
  const settings = useQuery(modelSettingsQuery);
  return (
    <Panel className="max-w-3xl">
      {settings.isPending && <Loading what="Reading the settings …" />}
      {settings.isError && <ProblemCard error={settings.error} retry={() => void settings.refetch()} />}
      {settings.data && <Form key={JSON.stringify(settings.data)} settings={settings.data} />}
    </Panel>
  );
}

const GUARDS = [
  ["allow", "Let them leave"],
  ["mask", "Put what they are in their place"],
  ["refuse", "Refuse the prompt"],
] as const;

function Form({ settings }: { settings: Schemas["ModelSettings"] }) {
  const client = useQueryClient();
  const [secrets, setSecrets] = useState(settings.secrets ?? "mask");
  const [personal, setPersonal] = useState(settings.personal_data ?? "allow");
  const [allowed, setAllowed] = useState((settings.allowed ?? []).join("\n"));
  const [log, setLog] = useState(settings.log_prompts ?? false);
  const lines = allowed.split(/[\s,]+/).filter(Boolean);
  const same =
    secrets === (settings.secrets ?? "mask") &&
    personal === (settings.personal_data ?? "allow") &&
    log === (settings.log_prompts ?? false) &&
    lines.join("\n") === (settings.allowed ?? []).join("\n");
  const save = useMutation({
    mutationFn: () => data(api.PUT("/api/v1/model-settings", { body: { secrets, personal_data: personal, allowed: lines, log_prompts: log } })),
    onSuccess: (saved) => {
      notify("The settings are saved.");
      client.setQueryData(modelSettingsQuery.queryKey, saved);
    },
  });
  return (
    <form
      className="grid gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <Guard label="Keys, tokens and passwords in prompts" value={secrets} onChange={setSecrets} />
        <Guard label="Personal data in prompts" hint="Mail addresses, telephone, card, account and social security numbers." value={personal} onChange={setPersonal} />
      </div>
      <Field label="Models that prompts may go to" hint="One CONNECTION/MODEL a line, * for any text: ollama/*. Empty allows all.">
        {(ids) => <Textarea {...ids} rows={3} spellCheck={false} className="font-mono text-[0.86rem]" placeholder={"ollama/*\nopenai/gpt-5*"} value={allowed} onChange={(event) => setAllowed(event.target.value)} />}
      </Field>
      <label className="flex items-start gap-2.5">
        <input type="checkbox" className="mt-1 size-4 accent-accent" checked={log} onChange={(event) => setLog(event.target.checked)} />
        <span>
          Keep prompts and answers
          <span className="block text-[0.87rem] text-soft">Sealed on the disk, without what these settings know. They are seen at the call, and at the step of the run.</span>
        </span>
      </label>
      <p className="max-w-[70ch] text-[0.87rem] text-faint">Such things are known by how they are usually written, and by their check digits: a net, not a proof.</p>
      {save.isError && <ProblemCard error={save.error} />}
      <div>
        <Button type="submit" look="primary" disabled={same} busy={save.isPending && "Saving …"}>Save</Button>
      </div>
    </form>
  );
}

function Guard({ label, hint, value, onChange }: { label: string; hint?: string; value: string; onChange: (value: string) => void }) {
  return (
    <Field label={label} hint={hint}>
      {(ids) => (
        <Select {...ids} value={value} onChange={(event) => onChange(event.target.value)}>
          {GUARDS.map(([name, title]) => (
            <option key={name} value={name}>{title}</option>
          ))}
        </Select>
      )}
    </Field>
  );
}
