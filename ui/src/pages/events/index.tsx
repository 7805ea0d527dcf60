// Events between bots, the dead letters that could not start one, and replays of both.
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "../../components/button";
import { Page } from "../../components/page";
import { Tab, Tabs } from "../../components/tabs";
import { DeadLetters } from "./dead-letters";
import { Emit } from "./emit";
import { Events } from "./events";
import { ReplayEvents } from "./replay-dialog";
import { Replays } from "./replays";

const VIEWS = [
  { value: "events", title: "Events" },
  { value: "dead", title: "Dead letters" },
  { value: "replays", title: "Replays" },
] as const;

export function EventsPage() {
  const { name, view } = useSearch({ from: "/events" });
  const navigate = useNavigate({ from: "/events" });
  const [emitting, setEmitting] = useState(false);
  const [replaying, setReplaying] = useState<string>();
  const show = (next: (typeof VIEWS)[number]["value"]) => void navigate({ search: next === "events" ? {} : { view: next }, replace: true });
  return (
    <Page
      wide
      title="Events"
      about="Bots emit events, and start on them. Programs emit them over the API."
      actions={
        <>
          <Button onClick={() => setReplaying(name ?? "")}>Replay events …</Button>
          <Button look="primary" onClick={() => setEmitting(true)}>
            Emit an event
          </Button>
        </>
      }
    >
      <Tabs label="Events, dead letters and replays" value={view ?? "events"} onChange={show} tabs={[...VIEWS]}>
        <Tab value="events" className="pt-5">
          <Events
            name={name ?? ""}
            onName={(next) => void navigate({ search: { name: next || undefined }, replace: true })}
            onEmit={() => setEmitting(true)}
            onReplay={setReplaying}
          />
        </Tab>
        <Tab value="dead" className="pt-5">
          <DeadLetters onReplay={() => show("replays")} />
        </Tab>
        <Tab value="replays" className="pt-5">
          <Replays onBegin={() => setReplaying("")} />
        </Tab>
      </Tabs>
      <Emit open={emitting} onClose={() => setEmitting(false)} />
      {replaying !== undefined && (
        <ReplayEvents name={replaying} onClose={() => setReplaying(undefined)} onBegun={() => (setReplaying(undefined), show("replays"))} />
      )}
    </Page>
  );
}
