// Every bot: what starts it, how it went last, and its switch.
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import { api, asProblem, data, type Schemas } from "../../api/client";
import { botsQuery, rows } from "../../api/queries";
import { Badge, StateBadge } from "../../components/badge";
import { Button, buttonClass } from "../../components/button";
import { Empty, Loading, ProblemCard } from "../../components/feedback";
import { Search, Select } from "../../components/field";
import { Page } from "../../components/page";
import { Switch } from "../../components/switch";
import { Ago } from "../../components/time";
import { useLate } from "../../lib/use-late";
import { TriggerIcon } from "../../flow/icons";
import { TRIGGER_TITLES } from "../../flow/model";
import { notify } from "../../lib/notices";

type BotRow = Schemas["ListedBot"];

const BEAT = 10_000;

export function BotsPage() {
  const search = useSearch({ from: "/bots" });
  const navigate = useNavigate({ from: "/bots" });
  const [typed, setTyped] = useState(search.q ?? "");
  const q = useLate(typed.trim(), 250);
  const bots = useInfiniteQuery({
    ...botsQuery(q, search.state),
    placeholderData: (before) => before,
    refetchInterval: (asked) => ((asked.state.data?.pages.length ?? 0) <= 1 ? BEAT : false),
  });
  const found = rows(bots.data);
  const filtered = Boolean(q || search.state);
  const clear = () => {
    setTyped("");
    void navigate({ search: {}, replace: true });
  };
  return (
    <Page
      wide
      title="Bots"
      actions={
        <Link to="/" className={`${buttonClass("primary")} lg:hidden`}>
          <Plus aria-hidden size={17} /> New bot
        </Link>
      }
    >
      <form role="search" aria-label="Find bots" className="mb-4 flex flex-wrap gap-2" onSubmit={(event) => event.preventDefault()}>
        <Search
          label="Search name and description"
          className="max-w-md flex-1 basis-56"
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            void navigate({ search: (before) => ({ ...before, q: event.target.value || undefined }), replace: true });
          }}
        />
        <Select
          aria-label="State"
          className="w-40!"
          value={search.state ?? ""}
          onChange={(event) => void navigate({ search: (before) => ({ ...before, state: event.target.value || undefined }), replace: true })}
        >
          <option value="">Any state</option>
          <option value="active">Active</option>
          <option value="paused">Paused</option>
          <option value="withdrawn">Withdrawn</option>
        </Select>
      </form>
      {bots.isPending && <Loading what="Reading the bots …" />}
      {bots.isError && <ProblemCard error={bots.error} retry={() => void bots.refetch()} />}
      {bots.isSuccess && found.length === 0 && (filtered ? <NoneFound clear={clear} /> : <NoneYet />)}
      {found.length > 0 && (
        <ul aria-label="Bots" className="divide-y divide-line rounded-xl border border-line bg-panel">
          {found.map((bot) => (
            <Row key={bot.id} bot={bot} />
          ))}
        </ul>
      )}
      {bots.hasNextPage && (
        <div className="mt-4 text-center">
          <Button busy={bots.isFetchingNextPage && "Reading more …"} onClick={() => void bots.fetchNextPage()}>
            Show more bots
          </Button>
        </div>
      )}
    </Page>
  );
}

function NoneYet() {
  return (
    <Empty title="No bots yet" action={<Link to="/" className={buttonClass("primary")}>Write the first one</Link>}>
      A bot does something when a webhook is called, at a time, or on an event. Describe yours in a sentence, or begin with a
      template.
    </Empty>
  );
}

function NoneFound({ clear }: { clear: () => void }) {
  return (
    <Empty title="No bot is like this" action={<Button onClick={clear}>Show all bots</Button>}>
      The search looks at names and descriptions.
    </Empty>
  );
}

function Row({ bot }: { bot: BotRow }) {
  const failure = bot.last_failure;
  const last = bot.last_run;
  return (
    <li className="relative grid grid-cols-[auto_minmax(0,1fr)] items-center gap-x-4 gap-y-1.5 px-4 py-3 hover:bg-sunken/60 md:grid-cols-[auto_minmax(0,1.3fr)_minmax(0,1fr)_minmax(0,1fr)]">
      <OnOff bot={bot} />
      <div className="min-w-0">
        <Link to="/bots/$bot" params={{ bot: bot.bot }} className="font-medium wrap-anywhere after:absolute after:inset-0 after:content-['']">
          {bot.bot}
        </Link>
        {bot.state === "withdrawn" && <span className="ml-2"><Badge>Withdrawn</Badge></span>}
        {bot.description && <p className="line-clamp-2 text-[0.88rem] text-soft wrap-anywhere md:line-clamp-1">{bot.description}</p>}
      </div>
      <ul className="col-start-2 flex min-w-0 flex-wrap gap-x-4 gap-y-0.5 text-[0.88rem] text-soft md:col-start-auto">
        {bot.triggers.slice(0, 3).map((trigger) => (
          <li key={trigger.name} className="inline-flex max-w-full min-w-0 items-center gap-1.5">
            <TriggerIcon kind={trigger.kind} size={15} />
            <span className="truncate">
              {TRIGGER_TITLES[trigger.kind] ?? trigger.kind}
              {trigger.event && ` ${trigger.event}`}
              {trigger.app && ` ${trigger.app}`}
              {trigger.url && ` ${pathOf(trigger.url)}`}
              {trigger.last_error && <span className="text-bad">, cannot look: {trigger.last_error.message}</span>}
              {trigger.next && !trigger.last_error && bot.state === "active" && (
                <>
                  , <Ago time={trigger.next} />
                </>
              )}
            </span>
          </li>
        ))}
        {bot.triggers.length > 3 && <li>and {bot.triggers.length - 3} more</li>}
      </ul>
      <div className="col-start-2 min-w-0 text-[0.88rem] text-soft md:col-start-auto">
        {last ? (
          <p className="flex flex-wrap items-center gap-x-2">
            <StateBadge state={last.state} /> <Ago time={last.created_at} />
          </p>
        ) : (
          <p className="text-faint">Has not run yet</p>
        )}
        {failure?.error && (last?.state !== "succeeded" || failure.id === last.id) && (
          <p className="mt-0.5 truncate text-bad" title={failure.error.message}>
            {failure.error.message.split("\n")[0]}
          </p>
        )}
        {failure && last?.state === "succeeded" && (
          <p className="mt-0.5 truncate text-faint">
            Last failed <Ago time={failure.created_at} />
            {failure.error && `: ${failure.error.message.split("\n")[0]}`}
          </p>
        )}
      </div>
    </li>
  );
}

function pathOf(url: string): string {
  try {
    return new URL(url).pathname;
  } catch {
    return url;
  }
}

function OnOff({ bot }: { bot: BotRow }) {
  const client = useQueryClient();
  const toggle = useMutation({
    mutationFn: (on: boolean) => {
      const params = { params: { path: { bot: bot.bot } } };
      return data(on ? api.POST("/api/v1/bots/{bot}/resume", params) : api.POST("/api/v1/bots/{bot}/pause", params));
    },
    onSuccess: (changed) => {
      notify(changed.state === "active" ? `${bot.bot} is on: its triggers start runs.` : `${bot.bot} is paused: its triggers start nothing.`);
      return client.invalidateQueries({ queryKey: ["bots"] });
    },
    onError: (error) => {
      const { title, detail } = asProblem(error);
      notify(`${bot.bot} was not switched. ${title}: ${detail}`, "bad");
    },
  });
  const shown = toggle.isPending ? toggle.variables : bot.state === "active";
  return (
    <span className="relative z-10 inline-flex">
      <Switch label={`${bot.bot} is on`} checked={shown} disabled={bot.state === "withdrawn" || toggle.isPending} onChange={(on) => toggle.mutate(on)} />
    </span>
  );
}
