// One bot: its flow, definition, runs, versions and settings.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Play } from "lucide-react";
import { useMemo, useState } from "react";
import { api, asProblem, data, type Schemas } from "../../api/client";
import { botQuery, definitionQuery } from "../../api/queries";
import { Badge } from "../../components/badge";
import { Button } from "../../components/button";
import { Dialog } from "../../components/dialog";
import { Loading, ProblemCard } from "../../components/feedback";
import { Page } from "../../components/page";
import { Switch } from "../../components/switch";
import { Tab, Tabs } from "../../components/tabs";
import { inputOf, InputsForm, type Typed } from "../../editor/inputs-form";
import { readText } from "../../flow/edit";
import { inputFields } from "../../flow/inputs";
import { readFlow, type Flow } from "../../flow/model";
import { notify } from "../../lib/notices";
import { BOT_TABS, type BotTab } from "../../lib/tabs";
import { DefinitionTab } from "./definition";
import { FlowTab } from "./flow";
import { RunsTab } from "./runs";
import { SettingsTab } from "./settings";
import { VersionsTab } from "./versions";

const TITLES: Record<BotTab, string> = { flow: "Flow", definition: "Edit", runs: "Runs", versions: "Versions", settings: "Settings" };

export function BotPage() {
  const { bot: name } = useParams({ from: "/bots/$bot" });
  const { tab = "flow", new: isNew } = useSearch({ from: "/bots/$bot" });
  const navigate = useNavigate({ from: "/bots/$bot" });
  const bot = useQuery({ ...botQuery(name), refetchInterval: 15_000 });
  const text = useQuery(definitionQuery(name));
  const flow = useMemo(() => readFlow(text.data === undefined ? null : readText(text.data).definition), [text.data]);
  const over = (
    <Link to="/bots" className="text-accent underline underline-offset-2">
      Bots
    </Link>
  );
  if (bot.isPending || text.isPending) return <Loading what={`Opening ${name} …`} className="px-8" />;
  if (bot.isError || text.isError) {
    return (
      <Page title={name} over={over}>
        <ProblemCard
          error={bot.error ?? text.error}
          retry={() => {
            void bot.refetch();
            void text.refetch();
          }}
        />
      </Page>
    );
  }
  return (
    <Page wide title={name} over={over} about={bot.data.description} actions={<Actions bot={bot.data} flow={flow} />}>
      <Tabs
        label={`About ${name}`}
        value={tab}
        onChange={(next) => void navigate({ search: { tab: next === "flow" ? undefined : next }, replace: true })}
        tabs={BOT_TABS.map((value) => ({ value, title: TITLES[value] }))}
      >
        <Tab value="flow" className="pt-5">
          <FlowTab bot={bot.data} flow={flow} isNew={isNew === true} />
        </Tab>
        <Tab value="definition" className="pt-5">
          <DefinitionTab bot={bot.data} live={text.data} />
        </Tab>
        <Tab value="runs" className="pt-5">
          <RunsTab bot={name} />
        </Tab>
        <Tab value="versions" className="pt-5">
          <VersionsTab bot={bot.data} live={text.data} />
        </Tab>
        <Tab value="settings" className="pt-5">
          <SettingsTab bot={bot.data} flow={flow} text={text.data} />
        </Tab>
      </Tabs>
    </Page>
  );
}

function Actions({ bot, flow }: { bot: Schemas["BotDetail"]; flow: Flow }) {
  const client = useQueryClient();
  const [running, setRunning] = useState(false);
  const toggle = useMutation({
    mutationFn: (on: boolean) => {
      const params = { params: { path: { bot: bot.bot } } };
      return data(on ? api.POST("/api/v1/bots/{bot}/resume", params) : api.POST("/api/v1/bots/{bot}/pause", params));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["bots"] }),
    onError: (error) => {
      const { title, detail } = asProblem(error);
      notify(`It was not switched. ${title}: ${detail}`, "bad");
    },
  });
  const on = toggle.isPending ? toggle.variables : bot.state === "active";
  return (
    <>
      <Badge>Version {bot.version}</Badge>
      {bot.state === "withdrawn" ? (
        <Badge tone="warn">Withdrawn: its triggers are gone</Badge>
      ) : (
        <span className="inline-flex items-center gap-2 px-1">
          <span aria-hidden className={on ? "" : "text-soft"}>{on ? "On" : "Paused"}</span>
          <Switch label={`${bot.bot} is on`} checked={on} disabled={toggle.isPending} onChange={(next) => toggle.mutate(next)} />
        </span>
      )}
      <Button onClick={() => setRunning(true)}>
        <Play aria-hidden size={15} /> Run it now
      </Button>
      <RunNow bot={bot.bot} flow={flow} open={running} onClose={() => setRunning(false)} />
    </>
  );
}

function RunNow({ bot, flow, open, onClose }: { bot: string; flow: Flow; open: boolean; onClose: () => void }) {
  const navigate = useNavigate();
  const [typed, setTyped] = useState<Typed>({});
  const fields = inputFields(flow);
  const start = useMutation({
    mutationFn: () => data(api.POST("/api/v1/bots/{bot}/runs", { params: { path: { bot } }, body: { input: inputOf(fields, typed) } })),
    onSuccess: ({ id }) => void navigate({ to: "/runs/$id", params: { id } }),
  });
  const faults = start.error ? asProblem(start.error).errors : [];
  const problems = Object.fromEntries((faults ?? []).map((fault) => [fault.path.replace(/^input\./, ""), fault.detail]));
  return (
    <Dialog
      title={`Run ${bot} now`}
      about={fields.length > 0 ? "This is a real run: what it sends is sent." : "This is a real run: what it sends is sent. It takes no inputs."}
      open={open}
      onClose={onClose}
    >
      <form
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          start.mutate();
        }}
      >
        <InputsForm fields={fields} typed={typed} onChange={setTyped} problems={problems} />
        {start.isError && <ProblemCard error={start.error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Not now</Button>
          <Button type="submit" look="primary" busy={start.isPending && "Starting …"}>
            Run
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
