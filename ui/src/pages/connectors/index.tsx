// What bots can do: every connector with its actions.
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useDeferredValue, useState } from "react";
import type { Schemas } from "../../api/client";
import { connectorQuery, connectorsQuery } from "../../api/queries";
import { Badge } from "../../components/badge";
import { Button, buttonClass } from "../../components/button";
import { Json } from "../../components/code";
import { Empty, Loading, ProblemCard } from "../../components/feedback";
import { Search } from "../../components/field";
import { Inline, Markdown } from "../../components/markdown";
import { Page, Panel } from "../../components/page";
import { cx } from "../../lib/classes";
import { matches } from "../../lib/search";

export function ConnectorsPage() {
  const { q, open } = useSearch({ from: "/connectors" });
  const navigate = useNavigate({ from: "/connectors" });
  const [typed, setTyped] = useState(q ?? "");
  const late = useDeferredValue(typed);
  const connectors = useQuery(connectorsQuery);
  const found = (connectors.data ?? []).filter((each) => matches(late, each.name, each.title, each.description, ...each.actions));
  return (
    <Page wide title="Connectors" about="What bots can do. A step names an action: connector.action.">
      {connectors.isPending && <Loading what="Reading the connectors …" />}
      {connectors.isError && <ProblemCard error={connectors.error} retry={() => void connectors.refetch()} />}
      {connectors.data && (
        <div className="grid gap-6 lg:grid-cols-[20rem_minmax(0,1fr)]">
          <div className={cx(open && "hidden lg:block")}>
            <Search
              label={`Search ${connectors.data.length} connectors`}
              value={typed}
              onChange={(event) => {
                setTyped(event.target.value);
                void navigate({ search: (before) => ({ ...before, q: event.target.value || undefined }), replace: true });
              }}
            />
            <nav aria-label="Connectors" className="mt-3">
              <ul className="grid gap-0.5 lg:max-h-[calc(100dvh-13rem)] lg:overflow-y-auto">
                {found.map((each) => (
                  <li key={each.name}>
                    <Link
                      to="/connectors"
                      search={{ q: typed || undefined, open: each.name }}
                      aria-current={open === each.name ? "page" : undefined}
                      className={cx("block rounded-lg px-3 py-2 hover:bg-sunken", open === each.name && "bg-accent-soft")}
                    >
                      <span className="font-medium">{each.title}</span>
                      <span className="line-clamp-2 text-[0.85rem] text-soft">{each.description}</span>
                    </Link>
                  </li>
                ))}
              </ul>
            </nav>
            {found.length === 0 && (
              <Empty title="No connector is like this" action={<Button onClick={() => setTyped("")}>Show all</Button>}>
                The connector “http” reaches every system with an API.
              </Empty>
            )}
          </div>
          {open ? (
            <Detail
              key={open}
              name={open}
              back={
                <Link to="/connectors" search={{ q: typed || undefined }} className="text-accent underline underline-offset-2 lg:hidden">
                  All connectors
                </Link>
              }
            />
          ) : (
            <p className="hidden pt-2 text-soft lg:block">Choose a connector to read what it can do, and what each action takes and gives.</p>
          )}
        </div>
      )}
    </Page>
  );
}

function Detail({ name, back }: { name: string; back: React.ReactNode }) {
  const detail = useQuery(connectorQuery(name));
  if (detail.isPending) return <Loading what={`Reading ${name} …`} />;
  if (detail.isError) return <div>{back}<ProblemCard error={detail.error} retry={() => void detail.refetch()} /></div>;
  const { title, description, actions, connections } = detail.data;
  return (
    <article className="min-w-0">
      {back}
      <div className="mb-5 flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <h2 className="text-[1.3rem]!">{title}</h2>
          <p className="mt-1 max-w-[76ch] text-soft">{description}</p>
        </div>
        {connections.length > 0 && (
          <Link to="/connections" search={{ add: name }} className={buttonClass()}>
            Add a connection
          </Link>
        )}
      </div>
      {connections.some((kind) => kind.help) && (
        <Panel title="How to connect" className="mb-5">
          <div className="grid gap-4">
            {connections.map((kind) => (
              <div key={kind.name}>
                <h3 className="mb-1">{kind.title || kind.name}</h3>
                <div className="max-w-[76ch] text-[0.93rem] text-soft">{kind.help && <Markdown text={kind.help} />}</div>
              </div>
            ))}
          </div>
        </Panel>
      )}
      <h3 className="mb-2">
        {actions.length} {actions.length === 1 ? "action" : "actions"}
      </h3>
      <ul className="grid items-start gap-3 min-[118rem]:grid-cols-2">
        {actions.map((action) => (
          <li key={action.name} className="min-w-0">
            <Action action={action} />
          </li>
        ))}
      </ul>
    </article>
  );
}

const EFFECTS: Record<string, [string, "plain" | "warn" | "accent"]> = {
  read: ["reads", "plain"],
  write: ["writes", "warn"],
  store: ["keeps here", "accent"],
};

function Action({ action }: { action: Schemas["ActionBody"] }) {
  const [effect, tone] = EFFECTS[action.effect] ?? [action.effect, "plain" as const];
  const params = action.params as { properties?: Record<string, { type?: string | string[]; description?: string; default?: unknown }>; required?: string[] };
  const names = Object.entries(params.properties ?? {});
  return (
    <details className="rounded-xl border border-line bg-panel">
      <summary className="flex flex-wrap items-baseline gap-x-3 gap-y-1 px-4 py-3">
        <span className="font-medium">{action.title}</span>
        <code className="text-[0.84rem] text-soft wrap-anywhere">{action.name}</code>
        <Badge tone={tone}>{effect}</Badge>
        {action.description !== action.title && <span className="w-full text-[0.9rem] text-soft"><Inline text={action.description} /></span>}
      </summary>
      <div className="grid gap-4 border-t border-line p-4">
        <div>
          <h4 className="mb-1.5 font-medium">Parameters</h4>
          {names.length === 0 ? (
            <p className="text-soft">None.</p>
          ) : (
            <dl className="grid gap-x-5 gap-y-2 sm:grid-cols-[minmax(7rem,auto)_1fr]">
              {names.map(([name, schema]) => (
                <div key={name} className="contents">
                  <dt className="wrap-anywhere">
                    <code className="font-medium">{name}</code>
                    <span className="block text-[0.8rem] text-faint">
                      {[schema.type].flat().filter(Boolean).join(" or ")}
                      {params.required?.includes(name) ? "" : ", optional"}
                    </span>
                  </dt>
                  <dd className="min-w-0 text-[0.92rem] text-soft wrap-anywhere">
                    {schema.description && <Inline text={schema.description} />}
                    {schema.default !== undefined && <> Unless set: <code>{JSON.stringify(schema.default)}</code></>}
                  </dd>
                </div>
              ))}
            </dl>
          )}
        </div>
        {action.examples.map((example) => (
          <div key={example.title}>
            <h4 className="mb-1.5 font-medium">{example.title}</h4>
            <div className="grid gap-2 xl:grid-cols-2">
              <div className="min-w-0">
                <p className="mb-1 text-[0.85rem] text-soft">with</p>
                <Json label={`Parameters: ${example.title}`} value={example.with} />
              </div>
              <div className="min-w-0">
                <p className="mb-1 text-[0.85rem] text-soft">gives</p>
                <Json label={`Output: ${example.title}`} value={example.output} />
              </div>
            </div>
          </div>
        ))}
      </div>
    </details>
  );
}
