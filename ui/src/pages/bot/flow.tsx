import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "../../api/client";
import { api, data } from "../../api/client";
import { StateBadge } from "../../components/badge";
import { Button, buttonClass } from "../../components/button";
import { Code } from "../../components/code";
import { ProblemCard } from "../../components/feedback";
import { Panel } from "../../components/page";
import { Ago } from "../../components/time";
import { TriggerIcon } from "../../flow/icons";
import { curl, sampleInput } from "../../flow/inputs";
import { TRIGGER_TITLES, type Flow } from "../../flow/model";
import { FlowView } from "../../flow/view";
import { exact } from "../../lib/time";

export function FlowTab({ bot, flow, isNew }: { bot: Schemas["BotDetail"]; flow: Flow; isNew: boolean }) {
  return (
    <div className="grid gap-6 xl:grid-cols-[minmax(0,1fr)_22rem] min-[118rem]:grid-cols-[minmax(0,1fr)_32rem]">
      <div className="order-2 min-w-0 xl:order-none">
        <FlowView flow={flow} className="h-[30rem] xl:h-[calc(100dvh-17rem)] xl:min-h-[30rem]" />
      </div>
      <div className="grid content-start gap-5">
        <Latest bot={bot} isNew={isNew} />
        <Panel title="What starts it">
          <Triggers bot={bot} flow={flow} />
        </Panel>
      </div>
    </div>
  );
}

/** The newest run as it goes; before the first, what it waits for. */
function Latest({ bot, isNew }: { bot: Schemas["BotDetail"]; isNew: boolean }) {
  const runs = useQuery({
    queryKey: ["runs", "latest", bot.bot],
    queryFn: ({ signal }) => data(api.GET("/api/v1/runs", { params: { query: { bot: bot.bot, limit: 1 } }, signal })),
    refetchInterval: (asked) => (asked.state.data?.items.length ? 3000 : 1000),
  });
  const run = runs.data?.items[0];
  const callable = bot.triggers.some((trigger) => trigger.url);
  return (
    <Panel title={run ? "The last run" : callable ? "Waiting for the first call" : "Has not run yet"} className={isNew || !run ? "border-accent/50" : ""}>
      <div aria-live="polite">
        {run ? (
          <>
            <p className="flex flex-wrap items-center gap-2">
              <StateBadge state={run.state} /> <Ago time={run.created_at} />
              {run.trigger && <span className="text-soft">by {run.trigger}</span>}
            </p>
            {run.error && <p className="mt-2 text-bad wrap-anywhere">{run.error.message}</p>}
            <Link to="/runs/$id" params={{ id: run.id }} className={`${buttonClass()} mt-3`}>
              Watch this run
            </Link>
          </>
        ) : (
          <p className="flex items-start gap-2.5 text-soft">
            <span aria-hidden className="mt-2 size-2 shrink-0 animate-breathe rounded-full bg-accent" />
            {bot.state !== "active"
              ? "It is paused: switch it on first."
              : callable
                ? "Send the line below from any terminal; the run appears here as it happens."
                : "Its first run appears here as it happens. “Run it now” starts one by hand."}
          </p>
        )}
      </div>
    </Panel>
  );
}

export function Triggers({ bot, flow }: { bot: Schemas["BotDetail"]; flow: Flow }) {
  if (bot.triggers.length === 0) {
    return <p className="text-soft">Only by hand, or by another bot that calls it.</p>;
  }
  return (
    <ul className="grid gap-5">
      {bot.triggers.map((trigger) => (
        <li key={trigger.name} className="min-w-0">
          <p className="mb-1.5 flex items-center gap-2 font-medium">
            <TriggerIcon kind={trigger.kind} /> {TRIGGER_TITLES[trigger.kind] ?? trigger.kind} <code className="font-normal text-faint">{trigger.name}</code>
          </p>
          {trigger.url && <Code label={`Call ${trigger.name}`} wrap={false} text={curl(trigger.url, trigger.method, sampleInput(flow))} />}
          {trigger.event && (
            <p className="text-soft">
              On the event <code>{trigger.event}</code>
            </p>
          )}
          {trigger.app && <Looks bot={bot} trigger={trigger} />}
          {trigger.next && !trigger.app && (
            <p className="text-soft">
              Fires <Ago time={trigger.next} />: {exact(trigger.next)} your time
            </p>
          )}
          {trigger.kind === "schedule" && !trigger.next && <p className="text-soft">{bot.state === "active" ? "Does not fire again." : "Does not fire while the bot is off."}</p>}
        </li>
      ))}
    </ul>
  );
}

/** An app trigger: when it looks, how the last look went, and what keeps it from looking. */
function Looks({ bot, trigger }: { bot: Schemas["BotDetail"]; trigger: Schemas["Trigger"] }) {
  const queries = useQueryClient();
  const look = useMutation({
    mutationFn: () =>
      data(api.POST("/api/v1/bots/{bot}/triggers/{trigger}/look", { params: { path: { bot: bot.bot, trigger: trigger.name } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ["bots"] }),
  });
  const failing = trigger.last_error;
  return (
    <div className="grid gap-1.5 text-soft">
      <p>
        <code>{trigger.app}</code> every {trigger.every}
      </p>
      <p>
        {trigger.last_looked_at ? (
          <>
            Looked <Ago time={trigger.last_looked_at} />
          </>
        ) : (
          "Has not looked yet"
        )}
        {bot.state === "active" && trigger.next && (
          <>
            , looks again <Ago time={trigger.next} />
          </>
        )}
        {bot.state === "paused" && ", does not look while the bot is off"}
      </p>
      {Boolean(trigger.waiting) && (
        <p>
          {trigger.waiting} more {trigger.waiting === 1 ? "is" : "are"} new; {trigger.waiting === 1 ? "its run starts" : "their runs start"} with the next look.
        </p>
      )}
      {failing && (
        <div className="rounded-lg border border-bad/40 bg-bad-soft px-3 py-2">
          <p className="font-medium text-bad wrap-anywhere">{failing.message}</p>
          <p className="text-[0.88rem]">
            <code>{failing.code}</code>, since {exact(failing.since)}
            {failing.failures > 1 && `, ${failing.failures} times in a row`}. It tries again by itself.
          </p>
        </div>
      )}
      {look.error && <ProblemCard error={look.error} />}
      {bot.state === "active" && (
        <p>
          <Button small busy={look.isPending && "Looking …"} onClick={() => look.mutate()}>
            Look now
          </Button>
        </p>
      )}
    </div>
  );
}
