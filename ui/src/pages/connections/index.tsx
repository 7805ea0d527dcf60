// What bots may use of other systems.
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { connectionsQuery } from "../../api/queries";
import { Badge } from "../../components/badge";
import { Button } from "../../components/button";
import { Empty, Loading, ProblemCard } from "../../components/feedback";
import { Page } from "../../components/page";
import { Ago } from "../../components/time";
import { actionTitle } from "../../flow/model";
import { AddConnection } from "./add";
import { SignInButton } from "./sign-in-button";

export function ConnectionsPage() {
  const { add } = useSearch({ from: "/connections" });
  const navigate = useNavigate({ from: "/connections" });
  const connections = useQuery(connectionsQuery);
  const open = (connector?: string) => void navigate({ search: { add: connector }, replace: true });
  const button = (
    <Button look="primary" onClick={() => open("")}>
      <Plus aria-hidden size={17} /> Add a connection
    </Button>
  );
  return (
    <Page
      title="Connections"
      about="Credentials for other systems. Bots use them by name; what is secret is stored encrypted and never shown again."
      actions={button}
    >
      {connections.isPending && <Loading what="Reading the connections …" />}
      {connections.isError && <ProblemCard error={connections.error} retry={() => void connections.refetch()} />}
      {connections.data?.length === 0 && (
        <Empty title="No connections yet" action={button}>
          Many actions need one: Slack a token, a mail server its password. Mail works without: it stays in the outbox until you add
          your server.
        </Empty>
      )}
      {connections.data && connections.data.length > 0 && (
        <ul aria-label="Connections" className="divide-y divide-line rounded-xl border border-line bg-panel">
          {connections.data.map((each) => (
            <li key={each.id} className="relative flex flex-wrap items-center justify-between gap-x-4 gap-y-1 px-4 py-3 hover:bg-sunken/60">
              <span className="min-w-0">
                <Link to="/connections/$name" params={{ name: each.name }} className="font-medium wrap-anywhere after:absolute after:inset-0 after:content-['']">
                  {each.name}
                </Link>
                <span className="block text-[0.88rem] text-soft">
                  {actionTitle(each.connector)}, {each.auth.replace(/_/g, " ")}
                </span>
              </span>
              {each.signed_in === false ? (
                // Above the link that covers the row.
                <span className="relative z-10 flex items-center gap-3">
                  <Badge tone="warn">Not signed in</Badge>
                  <SignInButton name={each.name} small />
                </span>
              ) : each.tested_at ? (
                <Badge tone="good">
                  Worked <Ago time={each.tested_at} />
                </Badge>
              ) : (
                <Badge>{each.signed_in ? "Signed in, never tested" : "Never tested"}</Badge>
              )}
            </li>
          ))}
        </ul>
      )}
      <AddConnection
        open={add !== undefined}
        connector={add || undefined}
        onClose={() => open(undefined)}
        onAdded={(added) => void navigate({ to: "/connections/$name", params: { name: added.name } })}
      />
    </Page>
  );
}
