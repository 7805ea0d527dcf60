// A new connection: which system, which kind of credentials, its fields.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, asProblem, data, type Schemas } from "../../api/client";
import { connectorQuery, connectorsQuery } from "../../api/queries";
import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { Loading, ProblemCard } from "../../components/feedback";
import { Field, Input, Search, Select } from "../../components/field";
import { Markdown } from "../../components/markdown";
import { notify } from "../../lib/notices";
import { matches } from "../../lib/search";
import { ConnectionFields, fieldProblems, filledIn, type Values } from "./fields";

interface AddProps {
  open: boolean;
  /** When it is known already for what. */
  connector?: string | undefined;
  name?: string | undefined;
  onClose: () => void;
  onAdded: (connection: Schemas["ConnectionBody"]) => void;
}

export function AddConnection({ open, connector, name, onClose, onAdded }: AddProps) {
  const [chosen, setChosen] = useState<string>();
  const close = () => {
    setChosen(undefined);
    onClose();
  };
  const system = connector || chosen;
  const known = useQuery({ ...connectorQuery(system ?? ""), enabled: open && system !== undefined });
  return (
    <Dialog
      title={system ? `Add a connection: ${known.data?.title ?? system}` : "Add a connection"}
      about={system ? undefined : "To which system?"}
      open={open}
      onClose={close}
    >
      {system ? (
        <Form
          key={system}
          connector={system}
          name={name}
          onBack={connector ? undefined : () => setChosen(undefined)}
          onAdded={(added) => {
            setChosen(undefined);
            onAdded(added);
          }}
        />
      ) : (
        <Choose onChoose={setChosen} />
      )}
    </Dialog>
  );
}

function Choose({ onChoose }: { onChoose: (name: string) => void }) {
  const [typed, setTyped] = useState("");
  const connectors = useQuery(connectorsQuery);
  if (connectors.isPending) return <Loading what="Reading the connectors …" />;
  if (connectors.isError) return <ProblemCard error={connectors.error} retry={() => void connectors.refetch()} />;
  const found = connectors.data.filter((each) => matches(typed, each.name, each.title, each.description));
  return (
    <>
      <Search label="Find a system" value={typed} onChange={(event) => setTyped(event.target.value)} />
      <ul className="mt-3 grid max-h-[50dvh] gap-1 overflow-y-auto">
        {found.map((each) => (
          <li key={each.name}>
            <button type="button" onClick={() => onChoose(each.name)} className="w-full rounded-lg px-3 py-2 text-left hover:bg-sunken">
              <span className="font-medium">{each.title}</span>
              <span className="block text-[0.85rem] text-soft">{each.description}</span>
            </button>
          </li>
        ))}
      </ul>
      {found.length === 0 && (
        <p className="mt-3 text-soft">No connector is called so. HTTP reaches every system with an API: look for “http”.</p>
      )}
    </>
  );
}

function Form({ connector, name: wanted, onBack, onAdded }: { connector: string; name?: string | undefined; onBack?: (() => void) | undefined; onAdded: AddProps["onAdded"] }) {
  const client = useQueryClient();
  const detail = useQuery(connectorQuery(connector));
  const [name, setName] = useState(wanted ?? connector);
  const [kindName, setKind] = useState("");
  const [values, setValues] = useState<Values>({});
  const kinds = detail.data?.connections ?? [];
  const kind = kinds.find((each) => each.name === kindName) ?? kinds[0];

  const add = useMutation({
    mutationFn: (test: boolean) =>
      data(
        api.POST("/api/v1/connections", {
          body: { name, connector, auth: kind?.name ?? null, fields: filledIn(kind?.fields ?? [], values), test },
        }),
      ),
    onSuccess: (added) => {
      void client.invalidateQueries({ queryKey: ["connections"] });
      notify(`The connection ${added.name} is saved.`);
      onAdded(added);
    },
  });

  if (detail.isPending) return <Loading what="Reading what it asks for …" />;
  if (detail.isError) return <ProblemCard error={detail.error} retry={() => void detail.refetch()} />;
  if (!kind) {
    return (
      <div className="grid gap-4">
        <p>{detail.data.title} takes no connection: its actions work as they are.</p>
        {onBack && <div><Button onClick={onBack}>Choose another</Button></div>}
      </div>
    );
  }
  const oauth = kind.type === "oauth2";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(!oauth);
  };
  return (
    <form onSubmit={submit} className="grid gap-4">
      {kinds.length > 1 && (
        <Field label="Kind of credentials">
          {(ids) => (
            <Select {...ids} value={kind.name} onChange={(event) => (setKind(event.target.value), setValues({}))}>
              {kinds.map((each) => (
                <option key={each.name} value={each.name}>
                  {each.title || each.name}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      {kind.help && (
        <div className="rounded-lg bg-sunken px-3 py-2 text-[0.9rem] text-soft">
          <Markdown text={kind.help} />
        </div>
      )}
      <Field label="Name" hint="Bots find it by this name.">
        {(ids) => <Input {...ids} required value={name} spellCheck={false} autoComplete="off" onChange={(event) => setName(event.target.value)} />}
      </Field>
      <ConnectionFields fields={kind.fields} values={values} onChange={setValues} problems={fieldProblems(add.error ? asProblem(add.error) : undefined)} />
      {add.isError && <ProblemCard error={add.error} />}
      <div className="flex flex-wrap justify-end gap-2">
        {onBack && <Button look="quiet" onClick={onBack}>Choose another</Button>}
        {!oauth && (
          <Button disabled={add.isPending} onClick={() => add.mutate(false)}>
            Save without a test
          </Button>
        )}
        <Button type="submit" look="primary" busy={add.isPending && (oauth ? "Saving …" : "Testing …")}>
          {oauth ? "Save, then sign in" : "Test and save"}
        </Button>
      </div>
    </form>
  );
}
