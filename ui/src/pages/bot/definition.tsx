// Changing a deployed bot: a new version, unless somebody else was first.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { useState } from "react";
import { api, ApiError, data, type Schemas } from "../../api/client";
import { botQuery, definitionQuery } from "../../api/queries";
import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { Loading, ProblemCard } from "../../components/feedback";
import { Ago } from "../../components/time";
import { Panel } from "../../components/page";
import { Bindings, connectionsOf } from "../../editor/connections";
import { TryPanel } from "../../editor/try";
import { useDefinition } from "../../editor/use-definition";
import { Workbench } from "../../editor/workbench";
import { YamlEditor } from "../../editor/yaml";
import { stateMarks, type State } from "../../flow/marks";
import { notify } from "../../lib/notices";

export function DefinitionTab({ bot, live }: { bot: Schemas["BotDetail"]; live: string }) {
  const client = useQueryClient();
  // The version that was opened; a later one does not replace what somebody edits.
  const [base, setBase] = useState({ version: bot.version, text: live });
  const [text, setText] = useState(live);
  const [bind, setBind] = useState<Record<string, string>>(bot.bindings);
  const [comparing, setComparing] = useState(false);
  const [states, setStates] = useState<ReadonlyMap<string, State>>();
  const changed = text !== base.text;
  if (!changed && bot.version !== base.version && live !== base.text) {
    setBase({ version: bot.version, text: live });
    setText(live);
  }
  const definition = useDefinition(text);
  const rebound = JSON.stringify(bind) !== JSON.stringify(bot.bindings);
  useBlocker({ shouldBlockFn: () => changed && !confirm("Leave without deploying your changes? They are lost then."), enableBeforeUnload: changed });

  const deploy = useMutation({
    mutationFn: (version: number) =>
      data(
        api.POST("/api/v1/bots", {
          params: { header: { "If-Match": `"${version}"` } },
          body: { definition: text, bind: Object.fromEntries(Object.entries(bind).filter(([, to]) => to)) },
        }),
      ),
    onSuccess: (deployed) => {
      notify(`Version ${deployed.version} of ${deployed.bot} is live.`);
      setBase({ version: deployed.version, text });
      setComparing(false);
      void client.invalidateQueries({ queryKey: ["bots"] });
    },
  });
  const stale = deploy.error instanceof ApiError && (deploy.error.status === 412 || deploy.error.status === 409);
  const take = (version: number, newest: string) => {
    setBase({ version, text: newest });
    setText(newest);
    deploy.reset();
  };
  const uses = connectionsOf(definition.flow);

  return (
    <>
      {stale && (
        <Stale
          bot={bot.bot}
          base={base}
          mine={text}
          problem={(deploy.error as ApiError).problem}
          onTake={take}
          onOverwrite={(version) => deploy.mutate(version)}
          busy={deploy.isPending}
        />
      )}
      {deploy.isError && !stale && <ProblemCard error={deploy.error} className="mb-5" />}
      <Workbench
        text={text}
        onChange={(next) => {
          setText(next);
          setStates(undefined);
        }}
        definition={definition}
        {...(states && { states })}
      />
      <div className="mt-6 grid items-start gap-5 lg:grid-cols-2">
        <Panel title="Try it with a sample">
          <TryPanel text={text} flow={definition.flow} onTried={(tried) => setStates(stateMarks(definition.flow, tried.steps))} />
        </Panel>
        {uses.length > 0 && (
          <Panel title="Connections it uses">
            <Bindings uses={uses} bind={bind} onBind={setBind} />
          </Panel>
        )}
      </div>
      {(changed || rebound) && (
        <div className="sticky bottom-0 z-20 -mx-4 mt-6 flex animate-rise flex-wrap items-center justify-between gap-3 border-t border-line bg-raised px-4 py-3 sm:-mx-8 sm:px-8">
          <p className="text-soft">
            {definition.errors > 0 ? (
              <span className="text-bad">{definition.errors === 1 ? "One error has" : `${definition.errors} errors have`} to be mended first.</span>
            ) : (
              `Your changes to version ${base.version} are not live yet.`
            )}
          </p>
          <div className="flex flex-wrap gap-2">
            <Button look="quiet" onClick={() => (setText(base.text), setBind(bot.bindings), deploy.reset())}>
              Drop them
            </Button>
            {changed && <Button onClick={() => setComparing(true)}>What changed</Button>}
            <Button look="primary" disabled={definition.errors > 0} busy={deploy.isPending && "Deploying …"} onClick={() => deploy.mutate(base.version)}>
              Deploy as version {base.version + 1}
            </Button>
          </div>
        </div>
      )}
      <Dialog title={`What changed since version ${base.version}`} open={comparing} onClose={() => setComparing(false)} wide>
        <YamlEditor label="Your changes" value={text} before={base.text} className="h-[60dvh]" />
      </Dialog>
    </>
  );
}

interface StaleProps {
  bot: string;
  base: { version: number; text: string };
  mine: string;
  problem: Schemas["Problem"];
  onTake: (version: number, text: string) => void;
  onOverwrite: (version: number) => void;
  busy: boolean;
}

/** Somebody else deployed meanwhile: says what is live now, and leaves the choice. */
function Stale({ bot, base, mine, problem, onTake, onOverwrite, busy }: StaleProps) {
  const [comparing, setComparing] = useState(false);
  const now = useQuery({ ...botQuery(bot), staleTime: 0 });
  const newest = useQuery({ ...definitionQuery(bot, now.data?.version), enabled: now.data !== undefined });
  if (now.isPending || newest.isPending) return <Loading what="Somebody deployed meanwhile. Reading what is live now …" />;
  if (now.isError || newest.isError) return <ProblemCard error={now.error ?? newest.error} className="mb-5" />;
  const version = now.data.version;
  return (
    <section role="alert" className="mb-5 rounded-xl border border-warn/60 bg-warn-soft p-4">
      <h2 className="text-warn">Version {version} is live now: it was deployed while you edited version {base.version}</h2>
      <p className="mt-1 max-w-[76ch] wrap-anywhere">
        It came <Ago time={now.data.updated_at} />, from another window, another person or a program. Yours was not deployed, and nothing is
        lost. {problem.detail}
      </p>
      <div className="mt-3 flex flex-wrap gap-2">
        <Button look="primary" onClick={() => setComparing(true)}>
          Compare with yours
        </Button>
        <Button onClick={() => onTake(version, newest.data)}>Take version {version}, drop mine</Button>
      </div>
      <Dialog title={`From version ${version} to yours`} about="Green is yours; red is what your version would take away." open={comparing} onClose={() => setComparing(false)} wide>
        <YamlEditor label={`From version ${version} to yours`} value={mine} before={newest.data} className="h-[55dvh]" />
        <div className="mt-4 flex flex-wrap justify-end gap-2">
          <Button onClick={() => setComparing(false)}>Go on editing mine</Button>
          <Button look="danger" busy={busy && "Deploying …"} onClick={() => onOverwrite(version)}>
            Deploy mine as version {version + 1}
          </Button>
        </div>
      </Dialog>
    </section>
  );
}
