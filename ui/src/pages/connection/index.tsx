// One connection: sign it in, test it, change it, delete it.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { CircleAlert, CircleCheck } from "lucide-react";
import { useState } from "react";
import { api, asProblem, data, type Schemas } from "../../api/client";
import { connectionQuery, connectorQuery } from "../../api/queries";
import { Badge } from "../../components/badge";
import { Button } from "../../components/button";
import { Code } from "../../components/code";
import { Confirm } from "../../components/dialog";
import { Loading, ProblemCard } from "../../components/feedback";
import { Markdown } from "../../components/markdown";
import { Page, Panel } from "../../components/page";
import { Ago } from "../../components/time";
import { actionTitle } from "../../flow/model";
import { notify } from "../../lib/notices";
import { ConnectionFields, fieldProblems, filledIn, type Values } from "../connections/fields";
import { SignInButton } from "../connections/sign-in-button";

export function ConnectionPage() {
  const { name } = useParams({ from: "/connections/$name" });
  const connection = useQuery(connectionQuery(name));
  const over = (
    <Link to="/connections" className="text-accent underline underline-offset-2">
      Connections
    </Link>
  );
  if (connection.isPending) return <Loading what={`Opening ${name} …`} className="px-8" />;
  if (connection.isError) {
    return (
      <Page title={name} over={over}>
        <ProblemCard error={connection.error} retry={() => void connection.refetch()} />
      </Page>
    );
  }
  return (
    <Page title={name} over={over} about={`${actionTitle(connection.data.connector)}, ${connection.data.auth.replace(/_/g, " ")}`}>
      <One key={connection.data.id} connection={connection.data} />
    </Page>
  );
}

type Connection = Schemas["ConnectionBody"];

function One({ connection }: { connection: Connection }) {
  const connector = useQuery(connectorQuery(connection.connector));
  const kind = connector.data?.connections.find((each) => each.name === connection.auth);
  return (
    <div className="grid max-w-3xl gap-5">
      {kind?.type === "oauth2" && <SignedIn connection={connection} redirect={kind.redirect_url} />}
      <Test connection={connection} />
      {connector.isPending && <Loading what="Reading its fields …" />}
      {connector.isError && <ProblemCard error={connector.error} retry={() => void connector.refetch()} />}
      {kind && <Edit connection={connection} kind={kind} />}
      <Delete name={connection.name} />
    </div>
  );
}

/** Signing in with a browser; first what the other system has to know. */
function SignedIn({ connection, redirect }: { connection: Connection; redirect: string | null | undefined }) {
  const done = connection.signed_in === true;
  return (
    <Panel title="Sign in" aside={<Badge tone={done ? "good" : "warn"}>{done ? "Signed in" : "Not signed in"}</Badge>} className={done ? "" : "border-accent/50"}>
      <p className="mb-3 max-w-[70ch] text-soft">
        {done
          ? "Bots act there for whoever agreed. Sign in again when somebody else should, or when the other system asks for it."
          : "You are taken to the other system, agree there, and come back here. Until then bots cannot use it."}
      </p>
      {redirect && (
        <div className="mb-4">
          <p className="mb-1 text-[0.9rem]">{done ? "The address to come back to, which is registered there:" : "Register this address there first, as the address to come back to:"}</p>
          <Code label="Address to come back to" text={redirect} />
        </div>
      )}
      <SignInButton name={connection.name} again={done} />
    </Panel>
  );
}

function Test({ connection }: { connection: Connection }) {
  const client = useQueryClient();
  const test = useMutation({
    mutationFn: () => data(api.POST("/api/v1/connections/{name}/test", { params: { path: { name: connection.name } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["connections"] }),
  });
  return (
    <Panel title="Does it work?">
      <div aria-live="polite">
        {test.data ? (
          <p className={`mb-3 flex items-start gap-2 wrap-anywhere ${test.data.ok ? "text-good" : "text-bad"}`}>
            {test.data.ok ? <CircleCheck aria-hidden size={18} className="mt-0.5 shrink-0" /> : <CircleAlert aria-hidden size={18} className="mt-0.5 shrink-0" />}
            <span>
              {test.data.ok ? "It works. " : "It does not work: "}
              {test.data.message}
            </span>
          </p>
        ) : (
          <p className="mb-3 text-soft">
            {connection.tested_at ? (
              <>
                It last worked <Ago time={connection.tested_at} />.
              </>
            ) : (
              "It was never tested."
            )}
          </p>
        )}
        {test.isError && <ProblemCard error={test.error} className="mb-3" />}
      </div>
      <Button busy={test.isPending && "Testing …"} onClick={() => test.mutate()}>
        Test it
      </Button>
    </Panel>
  );
}

function Edit({ connection, kind }: { connection: Connection; kind: Schemas["Kind"] }) {
  const client = useQueryClient();
  const stored = Object.fromEntries(
    Object.entries(connection.fields as Record<string, unknown>).map(([name, value]) => [name, typeof value === "boolean" ? value : String(value)]),
  );
  const [values, setValues] = useState<Values>(stored);
  const save = useMutation({
    mutationFn: (test: boolean) =>
      data(api.PUT("/api/v1/connections/{name}", { params: { path: { name: connection.name } }, body: { fields: filledIn(kind.fields, values), test } })),
    onSuccess: (saved) => {
      client.setQueryData(connectionQuery(connection.name).queryKey, saved);
      void client.invalidateQueries({ queryKey: ["connections"] });
      setValues(stored);
      notify(`${connection.name} is saved.`);
    },
  });
  if (kind.fields.length === 0) return null;
  return (
    <Panel title="Change it">
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(true);
        }}
      >
        {kind.help && (
          <div className="rounded-lg bg-sunken px-3 py-2 text-[0.9rem] text-soft">
            <Markdown text={kind.help} />
          </div>
        )}
        <ConnectionFields fields={kind.fields} values={values} onChange={setValues} stays problems={fieldProblems(save.error ? asProblem(save.error) : undefined)} />
        {save.isError && <ProblemCard error={save.error} />}
        <div className="flex flex-wrap justify-end gap-2">
          <Button disabled={save.isPending} onClick={() => save.mutate(false)}>
            Save without a test
          </Button>
          <Button type="submit" look="primary" busy={save.isPending && "Saving …"}>
            Test and save
          </Button>
        </div>
      </form>
    </Panel>
  );
}

function Delete({ name }: { name: string }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () => data(api.DELETE("/api/v1/connections/{name}", { params: { path: { name } } })),
    onSuccess: async () => {
      notify(`${name} is deleted.`);
      await navigate({ to: "/connections" });
      void client.invalidateQueries({ queryKey: ["connections"] });
    },
  });
  return (
    <Panel title="Delete it">
      <p className="mb-3 text-soft">Bots that are bound to it fail at the steps that use it.</p>
      <Button look="danger" onClick={() => setAsking(true)}>
        Delete …
      </Button>
      <Confirm
        open={asking}
        title={`Delete ${name}?`}
        about="Its credentials are erased. Bots that use it fail there until they are bound to another one."
        action="Delete it"
        busy={remove.isPending && "Deleting …"}
        onClose={() => setAsking(false)}
        onConfirm={() => remove.mutate()}
      >
        {remove.isError && <ProblemCard error={remove.error} />}
      </Confirm>
    </Panel>
  );
}
