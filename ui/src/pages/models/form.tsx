// A named model is made or changed: whom to ask, in order, and with what patience.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { api, data, type Schemas } from "../../api/client";
import { modelsQuery, pricesQuery } from "../../api/models";
import { connectionsQuery } from "../../api/queries";
import { Button, buttonClass } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { Empty, Loading, ProblemCard } from "../../components/feedback";
import { Field, Input } from "../../components/field";
import { notify } from "../../lib/notices";
import type { Model } from "./models";
import { isOptions } from "./options";
import { TargetFields, type Draft } from "./target-fields";
import { connectionsOf, PROVIDERS, type Target } from "./targets";

interface ModelFormProps {
  model: Model | undefined;
  onClose: () => void;
}

export function ModelForm({ model, onClose }: ModelFormProps) {
  const connections = useQuery(connectionsQuery);
  const usable = (connections.data ?? []).filter(({ connector }) => connector in PROVIDERS);
  return (
    <Dialog open onClose={onClose} wide title={model ? `Change ${model.name}` : "Name a model"} about="The first is asked first. When it fails, is too slow or asks to wait, the next one is asked at once.">
      {connections.isPending && <Loading what="Reading the connections …" />}
      {connections.isError && <ProblemCard error={connections.error} retry={() => void connections.refetch()} />}
      {connections.data && usable.length === 0 && (
        <Empty title="Connect a provider first" action={<Link to="/connections" search={{ add: "" }} className={buttonClass("primary")}>Add a connection</Link>}>
          A model is asked over a connection of one of: {Object.values(PROVIDERS).map(({ title }) => title).join(", ")}.
        </Empty>
      )}
      {usable.length > 0 && <Form model={model} connections={usable} onClose={onClose} />}
    </Dialog>
  );
}

/** Times and numbers of the definition, with what holds unless they are set. */
const TERMS = [
  { key: "timeout", label: "One provider has", placeholder: "1m" },
  { key: "total", label: "All together have", placeholder: "3m" },
  { key: "first_token", label: "To begin a streamed answer", placeholder: "30s" },
  { key: "hedge", label: "Ask the next one, too, after", placeholder: "never" },
  { key: "cache", label: "Keep answers for", placeholder: "not at all" },
  { key: "semantic", label: "Nearness of what means the same", placeholder: "only the same request", number: true, min: 0.8, max: 1, step: "any" },
  { key: "max_tokens", label: "Longest answer, in tokens", placeholder: "as the provider has it", number: true },
  { key: "rounds", label: "Rounds through all", placeholder: "3", number: true },
] as const;

type Terms = Record<(typeof TERMS)[number]["key"], string>;

/** A term as the field shows it; empty where it is not set. */
function shown(model: Model | undefined, key: (typeof TERMS)[number]["key"]): string {
  const value = model?.definition[key];
  return String((typeof value === "object" ? value?.threshold : value) ?? "");
}

let last = 0;

/** A provider in the form, as it is, or a new one over a connection; with a key that it keeps when it is moved. */
function draft(target: Target | undefined, connection = ""): Draft {
  last += 1;
  const options = target?.options && Object.keys(target.options).length > 0 ? JSON.stringify(target.options, null, 2) : "";
  return {
    key: last,
    connections: target ? connectionsOf(target) : [connection],
    model: target?.model ?? "",
    api: target?.api ?? "",
    pricedAs: target?.priced_as ?? "",
    options,
  };
}

interface FormProps {
  model: Model | undefined;
  connections: Schemas["ConnectionBody"][];
  onClose: () => void;
}

function Form({ model, connections, onClose }: FormProps) {
  const client = useQueryClient();
  const prices = useQuery(pricesQuery);
  const models = useQuery(modelsQuery);
  const [name, setName] = useState(model?.name ?? "");
  const [targets, setTargets] = useState(() => (model ? model.definition.use.map((target) => draft(target)) : [draft(undefined, connections[0]?.name)]));
  const [terms, setTerms] = useState<Terms>(() => Object.fromEntries(TERMS.map(({ key }) => [key, shown(model, key)])) as Terms);
  const taken = !model && models.data?.some((each) => each.name === name.trim());
  const unread = targets.some((target) => !isOptions(target.options));
  const save = useMutation({
    mutationFn: () => data(api.PUT("/api/v1/models/{name}", { params: { path: { name: name.trim() } }, body: definition(targets, terms) })),
    onSuccess: (saved) => {
      notify(`${saved.name} is saved.`);
      onClose();
      return client.invalidateQueries({ queryKey: modelsQuery.queryKey });
    },
  });
  const change = (key: number, next: Partial<Draft>) => setTargets((before) => before.map((each) => (each.key === key ? { ...each, ...next } : each)));
  const move = (index: number, by: number) =>
    setTargets((before) => {
      const next = [...before];
      const [moved] = next.splice(index, 1);
      if (moved) next.splice(index + by, 0, moved);
      return next;
    });
  return (
    <form
      className="grid gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      {!model && (
        <Field
          label="Name"
          className="sm:max-w-80"
          hint="Steps without a model take the one named default, else smart, fast or local."
          error={taken && "There is a model of this name already: change that one."}
        >
          {(ids) => (
            <Input {...ids} required autoComplete="off" spellCheck={false} pattern="[a-z][a-z0-9._\-]{0,63}" title="Small letters, digits, . _ and -; a letter first" placeholder="fast" value={name} onChange={(event) => setName(event.target.value)} />
          )}
        </Field>
      )}
      <ol aria-label="Providers, in order" className="grid gap-3">
        {targets.map((target, index) => (
          <TargetFields
            key={target.key}
            number={index + 1}
            of={targets.length}
            target={target}
            connections={connections}
            prices={prices.data ?? []}
            onChange={(next) => change(target.key, next)}
            onMove={(by) => move(index, by)}
            onRemove={() => setTargets((before) => before.filter((each) => each.key !== target.key))}
          />
        ))}
      </ol>
      <div>
        <Button small onClick={() => setTargets((before) => [...before, draft(undefined, connections[0]?.name)])}>
          <Plus aria-hidden size={15} /> Add a fallback
        </Button>
      </div>
      <details open={model !== undefined && TERMS.some(({ key, placeholder }) => terms[key] !== "" && terms[key] !== placeholder)}>
        <summary className="font-medium">Patience, cache and limits</summary>
        <div className="mt-3 grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
          {TERMS.map((term) => (
            <Field key={term.key} label={term.label}>
              {(ids) => (
                <Input
                  {...ids}
                  spellCheck={false}
                  placeholder={term.placeholder}
                  {...("number" in term && { type: "number", min: 1 })}
                  {...("step" in term && { min: term.min, max: term.max, step: term.step })}
                  value={terms[term.key]}
                  onChange={(event) => setTerms({ ...terms, [term.key]: event.target.value })}
                />
              )}
            </Field>
          ))}
        </div>
        <p className="mt-2 text-[0.84rem] text-faint">Times such as 30s, 2m or 1h. What is empty is as the field says.</p>
      </details>
      {save.isError && <ProblemCard error={save.error} />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Not now</Button>
        <Button type="submit" look="primary" disabled={taken || unread} busy={save.isPending && "Saving …"}>
          {model ? "Save" : "Add the model"}
        </Button>
      </div>
    </form>
  );
}

function definition(targets: Draft[], terms: Terms): Schemas["ModelDefinition"] {
  const use = targets.map(({ connections, model, api: chosen, pricedAs, options }) => ({
    connection: (connections.length === 1 ? connections[0] : connections) as Target["connection"],
    model: model.trim(),
    ...(chosen && { api: chosen }),
    ...(pricedAs.trim() && { priced_as: pricedAs.trim() }),
    ...(options.trim() && { options: JSON.parse(options) as Record<string, never> }),
  }));
  const set = TERMS.flatMap((term) => {
    const value = terms[term.key].trim();
    if (!value) return [];
    const read = "number" in term ? Number(value) : value;
    return [[term.key, term.key === "semantic" ? { threshold: read } : read]];
  });
  return { use, ...(Object.fromEntries(set) as Partial<Schemas["ModelDefinition"]>) };
}
