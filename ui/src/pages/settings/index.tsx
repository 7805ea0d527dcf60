// The server, the workspace's variables, this browser.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, data, type Schemas } from "../../api/client";
import { retentionQuery, serverQuery, variablesQuery } from "../../api/queries";
import { Button } from "../../components/button";
import { Code } from "../../components/code";
import { Confirm } from "../../components/dialog";
import { Loading, ProblemCard } from "../../components/feedback";
import { Field, Input } from "../../components/field";
import { Page, Panel } from "../../components/page";
import { Ago } from "../../components/time";
import { cx } from "../../lib/classes";
import { count } from "../../lib/count";
import { notify } from "../../lib/notices";
import { setTheme, theme, type Theme } from "../../lib/theme";
import { exact } from "../../lib/time";
import { Servers } from "./servers";

export function SettingsPage() {
  return (
    <Page wide title="Settings">
      <div className="grid max-w-[1500px] items-start gap-5 xl:grid-cols-2">
        <div className="grid gap-5">
          <Variables />
          <Servers />
        </div>
        <div className="grid gap-5">
          <Kept />
          <ThisBrowser />
          <TheServer />
        </div>
      </div>
    </Page>
  );
}

function Variables() {
  const client = useQueryClient();
  const variables = useQuery(variablesQuery);
  const [editing, setEditing] = useState<Schemas["Variable"]>();
  const [deleting, setDeleting] = useState<string>();
  const changed = () => client.invalidateQueries({ queryKey: ["env"] });
  const remove = useMutation({
    mutationFn: (name: string) => data(api.DELETE("/api/v1/env/{name}", { params: { path: { name } } })),
    onSuccess: (_, name) => {
      notify(`${name} is deleted.`);
      setDeleting(undefined);
      return changed();
    },
  });
  return (
    <Panel title="Variables">
      <p className="mb-4 max-w-[66ch] text-soft">
        Every bot reads them as <code>{"{{ env.NAME }}"}</code>. They are no secrets: those belong into connections.
      </p>
      {variables.isPending && <Loading what="Reading the variables …" />}
      {variables.isError && <ProblemCard error={variables.error} retry={() => void variables.refetch()} />}
      {variables.data?.items.length === 0 && <p className="mb-4">There are none yet: add the first below.</p>}
      {variables.data && variables.data.items.length > 0 && (
        <ul aria-label="Variables" className="mb-5 divide-y divide-line rounded-lg border border-line">
          {variables.data.items.map((each) => (
            <li key={each.name} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-3 py-2">
              <code className="font-medium wrap-anywhere">{each.name}</code>
              <span className="min-w-0 flex-1 basis-32 truncate text-soft" title={each.value}>{each.value}</span>
              <span className="flex gap-1">
                <Button small look="quiet" aria-label={`Change ${each.name}`} onClick={() => setEditing(each)}>Change</Button>
                <Button small look="quiet" aria-label={`Delete ${each.name}`} onClick={() => setDeleting(each.name)}>Delete</Button>
              </span>
            </li>
          ))}
        </ul>
      )}
      <Variable key={editing?.name ?? ""} variable={editing} onSaved={() => (setEditing(undefined), void changed())} onCancel={() => setEditing(undefined)} />
      <Confirm
        open={deleting !== undefined}
        title={`Delete ${deleting ?? ""}?`}
        about="Bots that read it get nothing in its place from their next step on."
        action="Delete it"
        busy={remove.isPending && "Deleting …"}
        onClose={() => setDeleting(undefined)}
        onConfirm={() => deleting && remove.mutate(deleting)}
      >
        {remove.isError && <ProblemCard error={remove.error} />}
      </Confirm>
    </Panel>
  );
}

function Variable({ variable, onSaved, onCancel }: { variable: Schemas["Variable"] | undefined; onSaved: () => void; onCancel: () => void }) {
  const [name, setName] = useState(variable?.name ?? "");
  const [value, setValue] = useState(variable?.value ?? "");
  const save = useMutation({
    mutationFn: () => data(api.PUT("/api/v1/env/{name}", { params: { path: { name } }, body: { value } })),
    onSuccess: () => {
      notify(`${name} is saved.`);
      setName("");
      setValue("");
      onSaved();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit} className="grid gap-3">
      <div className="grid gap-3 sm:grid-cols-[minmax(0,1fr)_minmax(0,1.6fr)]">
        <Field label="Name">
          {(ids) => <Input {...ids} required disabled={variable !== undefined} spellCheck={false} placeholder="SHOP_URL" value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label="Value">{(ids) => <Input {...ids} spellCheck={false} value={value} onChange={(event) => setValue(event.target.value)} />}</Field>
      </div>
      {save.isError && <ProblemCard error={save.error} />}
      <div className="flex gap-2">
        <Button type="submit" busy={save.isPending && "Saving …"}>{variable ? "Save" : "Add the variable"}</Button>
        {variable && <Button look="quiet" onClick={onCancel}>Leave it</Button>}
      </div>
    </form>
  );
}

function Kept() {
  const retention = useQuery(retentionQuery);
  return (
    <Panel title="How long runs are kept">
      {retention.isPending && <Loading what="Reading what is kept …" />}
      {retention.isError && <ProblemCard error={retention.error} retry={() => void retention.refetch()} />}
      {retention.data && <KeptForm key={`${retention.data.days} ${retention.data.runs} ${retention.data.calls}`} retention={retention.data} />}
    </Panel>
  );
}

function KeptForm({ retention }: { retention: Schemas["Retention"] }) {
  const client = useQueryClient();
  const [days, setDays] = useState(String(retention.days));
  const [runs, setRuns] = useState(String(retention.runs));
  const [calls, setCalls] = useState(String(retention.calls));
  const [sure, setSure] = useState(false);
  const save = useMutation({
    mutationFn: () => data(api.PUT("/api/v1/retention", { body: { days: Number(days), runs: Number(runs), calls: Number(calls) } })),
    onSuccess: () => {
      notify("What is kept is changed.");
      setSure(false);
      return client.invalidateQueries({ queryKey: ["retention"] });
    },
  });
  const { deleted } = retention;
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        setSure(true);
      }}
    >
      <p className="max-w-[66ch] text-soft">
        Ended runs, events and mails of the outbox that are older are deleted for good. Runs that go on never are. Calls of language models
        have a time of their own, 62 days or more: what was spent stays in the budgets, their lines in the reports go. 0 keeps all.
      </p>
      <div className="grid gap-3 sm:grid-cols-3">
        <Field label="Days">{(ids) => <Input {...ids} required type="number" min={0} max={36_500} value={days} onChange={(event) => setDays(event.target.value)} />}</Field>
        <Field label="Ended runs at most">{(ids) => <Input {...ids} required type="number" min={0} max={4_000_000_000} value={runs} onChange={(event) => setRuns(event.target.value)} />}</Field>
        <Field label="Days of calls of models">{(ids) => <Input {...ids} required type="number" min={0} max={36_500} value={calls} onChange={(event) => setCalls(event.target.value)} />}</Field>
      </div>
      <p className="text-[0.86rem] text-soft">
        Deleted so far: {count(deleted.runs)} runs, {count(deleted.events)} events, {count(deleted.mails)} mails, {count(deleted.calls)} calls of models
      </p>
      <div>
        <Button type="submit" disabled={days === String(retention.days) && runs === String(retention.runs) && calls === String(retention.calls)}>Change what is kept</Button>
      </div>
      <Confirm
        open={sure}
        title="Change what is kept?"
        about="What is beyond is deleted soon after, and cannot be brought back."
        action="Change it"
        busy={save.isPending && "Changing …"}
        onClose={() => setSure(false)}
        onConfirm={() => save.mutate()}
      >
        {save.isError && <ProblemCard error={save.error} />}
      </Confirm>
    </form>
  );
}

const THEMES: [Theme, string][] = [
  ["system", "As the system"],
  ["light", "Light"],
  ["dark", "Dark"],
];

function ThisBrowser() {
  const client = useQueryClient();
  const [chosen, setChosen] = useState(theme);
  const link = useMutation({ mutationFn: () => data(api.POST("/api/v1/sign-in-links")) });
  const out = useMutation({
    mutationFn: () => data(api.DELETE("/api/v1/session")),
    onSuccess: () => {
      client.clear();
      location.assign("/");
    },
  });
  return (
    <Panel title="This browser">
      <fieldset className="mb-5">
        <legend className="mb-1.5 text-[0.9rem] font-medium">Theme</legend>
        <div className="inline-flex flex-wrap rounded-lg border border-line p-0.5">
          {THEMES.map(([value, title]) => (
            <label
              key={value}
              className={cx("cursor-pointer rounded-md px-3 py-1 has-focus-visible:outline-2 has-focus-visible:outline-accent", chosen === value ? "bg-accent-soft font-medium text-accent-strong" : "text-soft hover:text-ink")}
            >
              <input
                type="radio"
                name="theme"
                className="sr-only"
                checked={chosen === value}
                onChange={() => {
                  setTheme(value);
                  setChosen(value);
                }}
              />
              {title}
            </label>
          ))}
        </div>
      </fieldset>
      <h3>Sign in on another device</h3>
      <p className="mt-1 mb-3 max-w-[66ch] text-soft">A link that opens once, within ten minutes. Whoever has it can do everything here.</p>
      {link.data && (
        <div className="mb-3">
          <Code label="Sign-in link" text={link.data.url} />
        </div>
      )}
      {link.isError && <ProblemCard error={link.error} className="mb-3" />}
      {out.isError && <ProblemCard error={out.error} className="mb-3" />}
      <div className="flex flex-wrap gap-2">
        <Button busy={link.isPending && "Making it …"} onClick={() => link.mutate()}>
          Make a sign-in link
        </Button>
        <Button busy={out.isPending && "Signing out …"} onClick={() => out.mutate()}>
          Sign out
        </Button>
      </div>
    </Panel>
  );
}

function TheServer() {
  const server = useQuery(serverQuery);
  if (!server.data) return null;
  const { version, public_url, workspace, started_at, database } = server.data;
  const facts: [string, React.ReactNode][] = [
    ["Version", version],
    ["Address", <span key="a" className="wrap-anywhere">{public_url}</span>],
    ["Workspace", workspace.name],
    ["Time zone", workspace.timezone],
    ["Up since", <span key="u">{exact(started_at)} (<Ago time={started_at} />)</span>],
    ["Database", <span key="d" className="wrap-anywhere">{database.kind}, {(database.bytes / 1_048_576).toFixed(1)} MiB, {database.place}</span>],
  ];
  return (
    <Panel title="The server">
      <dl className="grid gap-x-6 gap-y-1.5 sm:grid-cols-[8rem_minmax(0,1fr)]">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-soft">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
