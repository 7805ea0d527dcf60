import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { api, data, type Schemas } from "../../api/client";
import { Button } from "../../components/button";
import { Confirm } from "../../components/dialog";
import { ProblemCard } from "../../components/feedback";
import { Panel } from "../../components/page";
import { Bindings, connectionsOf } from "../../editor/connections";
import type { Flow } from "../../flow/model";
import { notify } from "../../lib/notices";
import { exact } from "../../lib/time";

export function SettingsTab({ bot, flow, text }: { bot: Schemas["BotDetail"]; flow: Flow; text: string }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [asking, setAsking] = useState<"delete" | "withdraw">();
  const [bind, setBind] = useState<Record<string, string>>(bot.bindings);
  const path = { params: { path: { bot: bot.bot } } };
  const done = (said: string) => {
    notify(said);
    setAsking(undefined);
    return client.invalidateQueries({ queryKey: ["bots"] });
  };
  const pause = useMutation({
    mutationFn: () => data(bot.state === "active" ? api.POST("/api/v1/bots/{bot}/pause", path) : api.POST("/api/v1/bots/{bot}/resume", path)),
    onSuccess: (changed) => done(changed.state === "active" ? `${bot.bot} is on.` : `${bot.bot} is paused.`),
  });
  const withdraw = useMutation({
    mutationFn: () => data(api.POST("/api/v1/bots/{bot}/withdraw", path)),
    onSuccess: () => done(`${bot.bot} is withdrawn. Deploy it again to bring its triggers back.`),
  });
  const remove = useMutation({
    mutationFn: () => data(api.DELETE("/api/v1/bots/{bot}", path)),
    onSuccess: async () => {
      await navigate({ to: "/bots" });
      client.removeQueries({ queryKey: ["bots", "one", bot.bot] });
      await done(`${bot.bot} is deleted.`);
    },
  });
  const rebind = useMutation({
    mutationFn: () => data(api.POST("/api/v1/bots", { params: { header: { "If-Match": `"${bot.version}"` } }, body: { definition: text, bind } })),
    onSuccess: (deployed) => done(`Bound anew, as version ${deployed.version}.`),
  });
  const uses = connectionsOf(flow);
  return (
    <div className="grid max-w-4xl gap-5">
      {uses.length > 0 && (
        <Panel title="Connections">
          <Bindings uses={uses} bind={bind} onBind={setBind} />
          {rebind.isError && <ProblemCard error={rebind.error} className="mt-3" />}
          {JSON.stringify(bind) !== JSON.stringify(bot.bindings) && (
            <div className="mt-4 flex justify-end">
              <Button look="primary" busy={rebind.isPending && "Deploying …"} onClick={() => rebind.mutate()}>
                Deploy with these
              </Button>
            </div>
          )}
        </Panel>
      )}
      <Panel title="About">
        <dl className="grid gap-x-6 gap-y-1.5 sm:grid-cols-[8rem_1fr]">
          <dt className="text-soft">Id</dt>
          <dd className="wrap-anywhere"><code>{bot.id}</code></dd>
          <dt className="text-soft">First deployed</dt>
          <dd>{exact(bot.created_at)}</dd>
          <dt className="text-soft">Last changed</dt>
          <dd>{exact(bot.updated_at)}</dd>
        </dl>
      </Panel>
      <Panel title="Off and away">
        <ul className="grid gap-5">
          {bot.state !== "withdrawn" && (
            <Row
              title={bot.state === "active" ? "Pause" : "Switch on"}
              about={bot.state === "active" ? "Its triggers start nothing until it is switched on. Runs that go on, go on." : "Its triggers start runs again."}
              error={pause.error}
            >
              <Button busy={pause.isPending && "Switching …"} onClick={() => pause.mutate()}>
                {bot.state === "active" ? "Pause" : "Switch on"}
              </Button>
            </Row>
          )}
          {bot.state !== "withdrawn" && (
            <Row title="Withdraw" about="Takes its triggers away, so that another bot may have its webhook paths. Definition, versions and runs stay." error={withdraw.error}>
              <Button onClick={() => setAsking("withdraw")}>Withdraw …</Button>
            </Row>
          )}
          <Row title="Delete" about="Takes the bot, its versions and its triggers away." error={remove.error}>
            <Button look="danger" onClick={() => setAsking("delete")}>Delete …</Button>
          </Row>
        </ul>
      </Panel>
      <Confirm
        open={asking === "delete"}
        title={`Delete ${bot.bot}?`}
        about="Its triggers stop at once, and all versions are gone. This cannot be taken back."
        action="Delete it"
        busy={remove.isPending && "Deleting …"}
        onClose={() => setAsking(undefined)}
        onConfirm={() => remove.mutate()}
      >
        {remove.isError && <ProblemCard error={remove.error} />}
      </Confirm>
      <Confirm
        open={asking === "withdraw"}
        title={`Withdraw ${bot.bot}?`}
        about="Its webhooks answer 404 from now on, and its schedules stop. Deploy it again to bring them back."
        action="Withdraw it"
        busy={withdraw.isPending && "Withdrawing …"}
        onClose={() => setAsking(undefined)}
        onConfirm={() => withdraw.mutate()}
      >
        {withdraw.isError && <ProblemCard error={withdraw.error} />}
      </Confirm>
    </div>
  );
}

function Row({ title, about, error, children }: { title: string; about: string; error: unknown; children: ReactNode }) {
  return (
    <li>
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0 flex-1 basis-60">
          <h3>{title}</h3>
          <p className="text-[0.92rem] text-soft">{about}</p>
        </div>
        {children}
      </div>
      {error !== null && error !== undefined && <ProblemCard error={error} className="mt-3" />}
    </li>
  );
}
