// The named models, each with its fallbacks in order, their prices and how they do.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { api, data, type Schemas } from "../../api/client";
import { modelsQuery, pricesQuery } from "../../api/models";
import { connectionsQuery } from "../../api/queries";
import { Badge } from "../../components/badge";
import { Button, buttonClass } from "../../components/button";
import { Code } from "../../components/code";
import { Confirm } from "../../components/dialog";
import { Empty, Loading, ProblemCard } from "../../components/feedback";
import { Ago } from "../../components/time";
import { count } from "../../lib/count";
import { usdShort } from "../../lib/money";
import { notify } from "../../lib/notices";
import { dayOf, dayName } from "../../lib/days";
import { AskDialog } from "./ask";
import { HealthBadge, HealthFacts, healthOf } from "./health";
import { priceOf } from "./prices";
import { connectionsOf, PROVIDERS, type Target } from "./targets";

export type Model = Schemas["ModelBody"];

interface ModelsProps {
  add: ReactNode;
  onChange: (model: Model) => void;
}

export function Models({ add, onChange }: ModelsProps) {
  const client = useQueryClient();
  // Who is left, and for how long, changes by itself.
  const models = useQuery({ ...modelsQuery, refetchInterval: 3000 });
  const [asking, setAsking] = useState<string>();
  const [removing, setRemoving] = useState<string>();
  const remove = useMutation({
    mutationFn: (name: string) => data(api.DELETE("/api/v1/models/{name}", { params: { path: { name } } })),
    onSuccess: (_, name) => {
      notify(`${name} is removed.`);
      setRemoving(undefined);
      return client.invalidateQueries({ queryKey: modelsQuery.queryKey });
    },
  });
  return (
    <>
      {models.isPending && <Loading what="Reading the models …" />}
      {models.isError && <ProblemCard error={models.error} retry={() => void models.refetch()} />}
      {models.data?.length === 0 && <First add={add} />}
      {models.data && models.data.length > 0 && (
        <ul aria-label="Models" className="grid gap-4">
          {models.data.map((model) => (
            <Card key={model.name} model={model} onAsk={() => setAsking(model.name)} onChange={() => onChange(model)} onRemove={() => setRemoving(model.name)} />
          ))}
        </ul>
      )}
      {asking !== undefined && <AskDialog model={asking} onClose={() => setAsking(undefined)} />}
      <Confirm
        open={removing !== undefined}
        title={`Remove ${removing ?? ""}?`}
        about="Steps and programs that ask it by this name fail from then on. Its connections and what it cost stay."
        action="Remove it"
        busy={remove.isPending && "Removing …"}
        onClose={() => setRemoving(undefined)}
        onConfirm={() => removing !== undefined && remove.mutate(removing)}
      >
        {remove.isError && <ProblemCard error={remove.error} />}
      </Confirm>
    </>
  );
}

/** Nothing is named yet: a connection comes first, then a name. */
function First({ add }: { add: ReactNode }) {
  const connections = useQuery(connectionsQuery);
  if (connections.isPending) return <Loading what="Reading the connections …" />;
  if (connections.isError) return <ProblemCard error={connections.error} retry={() => void connections.refetch()} />;
  const usable = connections.data.filter(({ connector }) => connector in PROVIDERS);
  if (usable.length > 0) {
    return (
      <Empty title="No model has a name yet" action={add}>
        <p>
          The connection <code>{usable[0]?.name}</code> is there. Give one of its models a name, such as <code>fast</code>, and <code>ask</code>{" "}
          steps may ask it.
        </p>
        <div className="mt-4 text-left">
          <Code label="Command for a named model" text={`codex32 models set fast --use ${usable[0]?.name}/${PROVIDERS[usable[0]?.connector ?? ""]?.example ?? "MODEL"}`} />
        </div>
      </Empty>
    );
  }
  return (
    <Empty
      title="Connect a provider first"
      action={["openai", "anthropic", "openai_compatible"].map((connector, index) => (
        <Link key={connector} to="/connections" search={{ add: connector }} className={buttonClass(index === 0 ? "primary" : "plain")}>
          Connect {PROVIDERS[connector]?.title}
        </Link>
      ))}
    >
      <p>A model is asked over a connection with its key, or with the address of a server of your own. Then it gets a name here.</p>
      <div className="mt-4 text-left">
        <Code label="Commands for the first model" text={"codex32 connections add openai --connector openai --secret token=@key.txt\ncodex32 models set fast --use openai/gpt-5-mini"} />
      </div>
    </Empty>
  );
}

interface CardProps {
  model: Model;
  onAsk: () => void;
  onChange: () => void;
  onRemove: () => void;
}

function Card({ model, onAsk, onChange, onRemove }: CardProps) {
  const { name, definition } = model;
  const { timeout, total, hedge, rounds, max_tokens: most, cache } = definition;
  // What is as it is unless set goes without saying.
  const terms = [
    timeout && timeout !== "1m" && `each has ${timeout} to answer`,
    total && total !== "3m" && `all together have ${total}`,
    hedge && `the next is asked, too, after ${hedge}`,
    rounds && rounds !== 3 && `${rounds} ${rounds === 1 ? "round" : "rounds"} through all`,
    most && `at most ${count(most)} tokens an answer`,
    cache && `answers are kept for ${cache}`,
  ].filter(Boolean);
  const said = terms.join("; ");
  return (
    <li className="rounded-xl border border-line bg-panel">
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-2 px-4 pt-4 pb-3 sm:px-5">
        <div className="min-w-0">
          <h2 className="font-mono wrap-anywhere">{name}</h2>
          <p className="mt-0.5 max-w-[80ch] text-[0.87rem] text-soft">
            {said && `${said.charAt(0).toUpperCase()}${said.slice(1)}. `}Set <Ago time={model.updated_at} />.
          </p>
        </div>
        <div className="flex flex-wrap gap-1">
          <Button small aria-label={`Ask ${name} something`} onClick={onAsk}>Try it …</Button>
          <Button small aria-label={`Change ${name}`} onClick={onChange}>Change</Button>
          <Button small look="quiet" aria-label={`Remove ${name}`} onClick={onRemove}>Remove …</Button>
        </div>
      </div>
      <ol aria-label={`Providers of ${name}, in order`} className="border-t border-line">
        {definition.use.map((target, index) => (
          <Provider key={index} number={index + 1} target={target} health={model.health} />
        ))}
      </ol>
    </li>
  );
}

interface ProviderProps {
  number: number;
  target: Target;
  health: Schemas["ModelHealth"][];
}

function Provider({ number, target, health }: ProviderProps) {
  const names = connectionsOf(target);
  return (
    <li className="grid grid-cols-[1.75rem_minmax(0,1fr)] gap-x-2 px-4 py-3 not-first:border-t not-first:border-line sm:px-5">
      <span aria-hidden className="mt-0.5 grid size-5.5 place-items-center rounded-full bg-sunken text-[0.8rem] font-medium text-soft tabular-nums">{number}</span>
      <div className="grid min-w-0 gap-1.5">
        <div className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-0.5">
          <p className="min-w-0 font-medium wrap-anywhere">
            {target.model}
            {target.api === "responses" && <span className="ml-2 inline-block"><Badge title="Asked over OpenAI's newer interface">responses</Badge></span>}
          </p>
          <PriceOf target={target} />
        </div>
        <ul className="grid gap-1" aria-label={names.length > 1 ? "Connections that share the load" : "Connection"}>
          {names.map((connection) => {
            const seen = healthOf(health, connection, target.model);
            return (
              <li key={connection} className="flex flex-wrap items-center gap-x-3 gap-y-1 text-[0.9rem]">
                <span className="text-soft">
                  over <Link to="/connections/$name" params={{ name: connection }} className="text-ink underline decoration-edge/60 underline-offset-2 hover:text-accent wrap-anywhere">{connection}</Link>
                </span>
                <HealthBadge health={seen} />
                <HealthFacts health={seen} />
              </li>
            );
          })}
        </ul>
      </div>
    </li>
  );
}

/** What it costs now, and since when. */
function PriceOf({ target }: { target: Target }) {
  const connections = useQuery(connectionsQuery);
  const prices = useQuery(pricesQuery);
  const connector = connections.data?.find(({ name }) => name === connectionsOf(target)[0])?.connector;
  // A replay costs what the connection costs that it recorded.
  if (!connector || connector === "replay" || !prices.data) return null;
  const price = priceOf(prices.data, connector, target.priced_as ?? target.model, Date.now());
  if (!price) {
    return (
      <Link to="/models" search={{ view: "prices", q: connector }} className="text-[0.87rem] text-warn underline underline-offset-2">
        No price: not asked under a budget
      </Link>
    );
  }
  return (
    <p className="text-[0.87rem] text-soft tabular-nums" title={price.source ? `as read at ${price.source}` : "the workspace's own price"}>
      {usdShort(price.input_usd)} in{price.output_usd ? `, ${usdShort(price.output_usd)} out` : ""} <span className="text-faint">for a million, since {price.since ? dayName(dayOf(Date.parse(price.since)), true) : "always"}</span>
    </p>
  );
}
